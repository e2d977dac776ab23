"""Long work: interrupted at once, on other threads, and on engines that exist."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import spectralaw as sl

LAW = sl.Spectrum.power_law(a=1.5, b=1.25)
TASKS = [partial(sl.loss, LAW, time=np.geomspace(1, 1e6, 20), width=float(n)) for n in range(10, 20)]

STEPS = 2.0 ** np.arange(12)

#: Work of seconds to minutes.
LONG = {
    "loss": "sl.loss(law, time=np.geomspace(1, 1e9, 1000), width=sizes, samples=sizes[:10])",
    "test_loss": "sl.test_loss(law, time=10.0, width=np.geomspace(1, 1e6, 3_000_000), samples=100)",
    "frontier": "sl.frontier(law, compute=sizes * 1e6, cost='N*B*t + P', optimizer=sl.SGD(0.1, 1))",
    "loss_gradient": "sl.loss_gradient(law, time=np.geomspace(1, 1e9, 1000), width=sizes, samples=sizes[:10])",
    "loss_surface": "sl.loss_surface(law, time=sizes, width=sizes, samples=sizes[:50])",
    "regimes": "sl.regimes(law, time=sizes, width=sizes, samples=sizes[:10])",
    "profile": "sl.profile(law, compute=sizes * 1e6)",
    "tune_width": "sl.tune_width(law, samples=sizes, noise=0.1)",
    "fit": "sl.fit(size=runs[0], data=runs[1], loss=losses, resamples=1_000_000)",
    "fit of the theory": "sl.fit(size=runs[0], data=runs[1], loss=losses, law='theory')",
    "features": "sl.Spectrum.from_gram(gram, np.ones(3000))",
}

#: Of these, what cannot be stopped: one call into the linear-algebra library, and the minimisations of a slow law.
ENDLESS = ("features", "fit of the theory")


@pytest.mark.parametrize("work", LONG)
def test_ctrl_c_is_answered(work: str, tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text(
        "import os, time, numpy as np, spectralaw as sl\n"
        "law, sizes = sl.Spectrum.power_law(1.5, 1.25), np.geomspace(1, 1e6, 1000)\n"
        "runs = np.reshape(np.meshgrid(sizes[::50], sizes[::50]), (2, 400))\n"
        "losses = (1 + runs[0]**-0.3 + runs[1]**-0.3) * np.random.default_rng(0).uniform(0.99, 1.01, 400)\n"
        "gram = np.cov(np.random.default_rng(0).normal(size=(3000, 3000)))\n"
        "print('begun', flush=True)\n"
        f"try:\n    {LONG[work]}\n"
        "except KeyboardInterrupt:\n    print(time.monotonic(), flush=True)\n"
        "for _ in range(100):\n"
        "    used = time.process_time()\n"
        "    time.sleep(0.1)\n"
        "    if time.process_time() - used < 0.02:\n        os._exit(3)\n"
        "os._exit(4)\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    time.sleep(1.0)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert float(process.stdout.readline()) - start < 0.5
    if work in ENDLESS:
        process.kill()
    else:  # nothing goes on in the background
        assert process.wait(60) == 3


def test_the_lock_is_released() -> None:
    counted, is_done = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not is_done.is_set():
            counted += 1
            time.sleep(0.001)

    other = threading.Thread(target=count)
    other.start()
    sl.loss(LAW, time=np.geomspace(1, 1e9, 1000), width=np.geomspace(1, 1e6, 100), samples=1000)
    is_done.set()
    other.join()
    assert counted > 20


def test_sweep_in_processes() -> None:
    expected = sl.sweep(TASKS)
    with ProcessPoolExecutor(2) as pool:  # forked on Linux: threads of this process do not exist there
        assert sl.sweep(TASKS, map=pool.map) == expected


def test_sweep_refuses_what_loses_answers() -> None:
    with pytest.raises(sl.SpectralawError, match="1 answers to 10 tasks"):
        sl.sweep(TASKS, map=lambda run, tasks: [run(tasks[0])])


def _slow(task: partial[sl.LossCurve], folder: str) -> sl.LossCurve:
    """A task that kills its worker the first time that any is run."""
    time.sleep(0.1)
    if len(os.listdir(folder)) >= 3 and not os.path.exists(f"{folder}/killed"):
        Path(folder, "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    Path(folder, str(time.monotonic_ns())).touch()
    return task()


def test_sweep_on_dask_with_a_killed_worker(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        tasks = [partial(_slow, task, str(tmp_path)) for task in TASKS]
        answers = sl.sweep(tasks, map=client.map)
    assert (tmp_path / "killed").exists()
    assert answers == sl.sweep(TASKS)


def test_moments_on_dask() -> None:
    distributed = pytest.importorskip("distributed")
    rng = np.random.default_rng(0)
    blocks = [(rng.normal(size=(200, 6)), rng.normal(size=200)) for _ in range(5)]
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        parts = client.map(lambda block: sl.FeatureMoments(6).update(*block), blocks)
        while len(parts) > 1:
            merged = [
                client.submit(sl.FeatureMoments.merge, *pair) for pair in zip(parts[::2], parts[1::2], strict=False)
            ]
            parts = merged + parts[2 * len(merged) :]
        spectrum = parts[0].result().spectrum()
    whole = sl.Spectrum.from_features(np.concatenate([x for x, _ in blocks]), np.concatenate([y for _, y in blocks]))
    np.testing.assert_allclose(spectrum.eigenvalues, whole.eigenvalues, rtol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sl.loss(LAW, time=np.geomspace(1, 1e9, 500), width=np.geomspace(1, 1e6, 100), samples=1000),
        lambda: sl.loss_surface(LAW, time=np.geomspace(1, 1e6, 50), width=np.geomspace(1, 1e6, 1000), samples=[9, 99]),
        lambda: sl.frontier(LAW, compute=np.geomspace(1e6, 1e12, 10_000)),
        lambda: sl.fit(steps=STEPS, loss=1 + (STEPS + 5) ** -0.5 * (1 + 0.01 * np.sin(STEPS)), resamples=100_000),
        lambda: sl.crossover(LAW, "width", np.geomspace(1, 1e9, 50_000), "time"),
    ],
    ids=["loss", "surface", "frontier", "fit", "crossover"],
)
def test_progress_is_told(call: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    monkeypatch.setattr("spectralaw._progress._Bar.__call__", lambda bar, share: shares.append(share))
    call()
    assert len(shares) > 1 and shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1 + 1e-9


def test_progress_is_shown_by_tqdm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("spectralaw._progress.PATIENCE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    sl.loss(LAW, time=np.geomspace(1, 1e9, 500), width=np.geomspace(1, 1e6, 100), samples=1000)
    assert "to go" in capsys.readouterr().err


def test_import_leaves_what_is_optional_alone() -> None:
    line = "import sys, spectralaw; print([name in sys.modules for name in ('matplotlib', 'pandas', 'polars', 'tqdm')])"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "[False, False, False, False]\n"
