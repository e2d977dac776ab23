#!/usr/bin/env python3
"""What arrays cost: losses through Python beside the native call within, scipy's brentq, and a numpy simulation.

Each time is the least of five runs. The native call is the library with its thread and the copies of arrays; `nothing`
is the same call for a point that needs no computing. Prints one line for each question.
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


def beside_native(name: str, width: object, samples: object, at: object) -> None:
    """Times `test_loss` and the native call within it."""
    arrays = [np.broadcast_to(np.asarray(x, float), np.shape(at) or (1,)).copy() for x in (width, samples, 0.1, at)]
    flow = sl.GradientFlow()._native()
    calls = (
        lambda: sl.test_loss(LAW, width=width, samples=samples, noise=0.1, time=at),
        lambda: native.test_loss(LAW._native, *arrays[:3], "time", arrays[3], flow, None),
    )
    # alternating, as other work on the machine comes and goes
    outside, inside = np.min([[least(call, 1) for call in calls] for _ in range(9)], axis=0)
    print(f"{name}: {1e3 * outside:.3f} ms, native call {1e3 * inside:.3f} ms, {outside / inside - 1:+.1%}")


def importing() -> float:
    """Seconds of the fastest import, numpy having been imported."""
    line = "import numpy, time; start = time.perf_counter(); import spectralaw; print(time.perf_counter() - start)"
    return min(float(subprocess.run([sys.executable, "-c", line], capture_output=True).stdout) for _ in range(5))


def main() -> None:
    """Asks all questions."""
    print(f"import, after numpy: {1e3 * importing():.0f} ms")
    rng = np.random.default_rng(0)
    print(f"nothing: {1e6 * least(lambda: sl.test_loss(LAW, ridge=np.inf), 200):.0f} us")
    beside_native("one point", 1000.0, 1e4, 100.0)
    beside_native("1,000 points of one curve", 1000.0, 1e4, np.geomspace(0.1, 1e6, 1000))
    beside_native("10,000 points of one curve", 1000.0, 1e4, np.geomspace(0.1, 1e6, 10_000))
    scattered = [10 ** rng.uniform(low, high, 10_000) for low, high in ((0, 4), (0, 5), (-1, 6))]
    beside_native("10,000 scattered models", *scattered)

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
