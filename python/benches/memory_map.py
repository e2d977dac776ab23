#!/usr/bin/env python3
"""The spectrum of a memory-mapped file of 2 GB, 250,000 rows of 2,000 float32 features, and the memory that it takes.

The file is written to the folder that is given, or to one of the system's for files that do not last.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS, FEATURES, BLOCK = 250_000, 2_000, 2_500


def write(file: Path) -> None:
    """Features with a power-law covariance, block by block."""
    mapped = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=(ROWS, FEATURES))
    targets = np.empty(ROWS)
    scale = np.arange(1, FEATURES + 1, dtype=np.float32) ** -0.6
    rng = np.random.default_rng(0)
    for start in range(0, ROWS, BLOCK):
        block = rng.standard_normal((BLOCK, FEATURES), dtype=np.float32) * scale
        mapped[start : start + BLOCK], targets[start : start + BLOCK] = block, block[:, 3]
    mapped.flush()
    np.save(file.with_name("targets.npy"), targets)


def measure(file: str) -> None:
    """Takes the spectrum and prints what it took."""
    import spectralaw as sl

    mapped = np.load(file, mmap_mode="r")
    targets = np.load(Path(file).with_name("targets.npy"))
    start = time.perf_counter()
    moments = sl.FeatureMoments(FEATURES).update(mapped, targets)
    summed = time.perf_counter() - start
    spectrum = moments.spectrum()
    # of this program alone, in kilobytes; what getrusage tells includes the one that started it
    status = Path("/proc/self/status").read_text()
    memory = float(status.split("VmHWM:")[1].split()[0]) / 1024
    print(
        f"{spectrum.modes:.0f} modes, floor {spectrum.floor:.1e}, largest eigenvalue {spectrum.largest_eigenvalue:.3f}"
    )
    print(f"{summed:.0f} s for the moments, {time.perf_counter() - start:.0f} s in all, {memory:.0f} MB at most")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) == 2 else None) as folder:
            path = Path(folder, "features.npy")
            write(path)
            subprocess.run([sys.executable, __file__, "--measure", path], check=True)
