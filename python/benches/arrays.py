#!/usr/bin/env python3
"""What arrays cost: losses through Python beside the library's own time, scipy's brentq, and a numpy simulation.

Overheads are of processor time, which other work on the machine leaves alone; all other times are the least of five
runs. The library's own time is that of the native call, less that of the same call where nothing is to be computed (its
thread, and the copies of arrays). Prints one line for each question.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import spectralaw as sl
from spectralaw import _spectralaw as native

BASELINES = Path(__file__).parents[2] / "benches" / "baselines"
LAW = sl.Spectrum.power_law(a=1.5, b=1.25)


def least(call: Callable[[], object], runs: int = 5) -> float:
    """Seconds of the fastest run."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def baseline(script: str, *arguments: str) -> float:
    """Seconds that a script of `benches/baselines/` reports."""
    done = subprocess.run([sys.executable, BASELINES / script, *arguments], capture_output=True, check=True)
    return float(json.loads(done.stdout)["seconds"])


def processor(call: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads."""
    start = time.process_time()
    call()
    return time.process_time() - start


def beside_library(name: str, width: object, samples: object, at: object) -> None:
    """Processor time of `test_loss`, and that of the library within it."""
    arrays = [np.broadcast_to(np.asarray(x, float), np.shape(at) or (1,)).copy() for x in (width, samples, 0.1, at)]
    flow, endless = sl.GradientFlow()._native(), np.full_like(arrays[3], np.inf)
    calls = (
        lambda: sl.test_loss(LAW, width=width, samples=samples, noise=0.1, time=at),
        lambda: native.test_loss(LAW._native, *arrays[:3], "time", arrays[3], flow, None),
        # a ridge that is infinite leaves nothing to compute
        lambda: native.test_loss(LAW._native, *arrays[:3], "ridge", endless, None, None),
    )
    # alternating, as other work on the machine comes and goes
    outside, inside, nothing = np.median([[processor(call) for call in calls] for _ in range(15)], axis=0)
    own = inside - nothing
    print(f"{name}: {1e3 * outside:.3f} ms, the library {1e3 * own:.3f} ms, overhead {outside / own - 1:+.1%}")


def importing() -> float:
    """Processor time of the fastest start of an interpreter that imports the package, numpy with it."""
    line = "import time, spectralaw; print(time.process_time())"
    return min(float(subprocess.run([sys.executable, "-c", line], capture_output=True).stdout) for _ in range(5))


def main() -> None:
    """Asks all questions."""
    print(f"start and import: {1e3 * importing():.0f} ms of processor time")
    rng = np.random.default_rng(0)
    print(f"nothing: {1e6 * least(lambda: sl.test_loss(LAW, ridge=np.inf), 200):.0f} us")
    beside_library("one point", 1000.0, 1e4, 100.0)
    beside_library("1,000 points of one curve", 1000.0, 1e4, np.geomspace(0.1, 1e6, 1000))
    beside_library("10,000 points of one curve", 1000.0, 1e4, np.geomspace(0.1, 1e6, 10_000))
    scattered = [10 ** rng.uniform(low, high, 10_000) for low, high in ((0, 4), (0, 5), (-1, 6))]
    beside_library("10,000 scattered models", *scattered)

    spectrum = sl.Spectrum.from_modes(*(np.arange(1.0, 100_001.0) ** -x for x in (1.2, 1.5)))
    ours = least(lambda: sl.test_loss(spectrum, ridge=1e-3, samples=np.logspace(1, 5, 100)))
    theirs = baseline("kernel_ridge_bisection.py", "--brentq")
    print(f"kernel ridge regression, 100 sizes, 1e5 modes: {1e3 * ours:.2f} ms, brentq {1e3 * theirs:.0f} ms")

    finite = sl.Spectrum.power_law(1.5, 1.25, modes=1000)
    sizes = {"width": [100.0, 200.0, 400.0], "samples": [200.0, 400.0, 800.0], "time": np.logspace(-1, 5, 50)}
    ours, theirs = least(lambda: sl.loss(finite, **sizes)), baseline("direct_simulation.py")
    print(f"nine learning curves of 50 times: {1e3 * ours:.2f} ms, simulation to 1.5 % {theirs:.1f} s")


if __name__ == "__main__":
    main()
