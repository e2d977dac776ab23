"""The command line, run by itself: what the package is compared with."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import numpy as np
import numpy.typing as npt

from spectralaw import Table


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``python -m spectralaw`` with these arguments."""
    return subprocess.run([sys.executable, "-m", "spectralaw", *arguments], capture_output=True, text=True, check=False)


def columns(*arguments: str) -> dict[str, list[str]]:
    """The columns that a command writes as csv."""
    done = run(*arguments, "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(cells: list[str]) -> npt.NDArray[np.float64]:
    """A column of numbers; an empty cell is NaN."""
    return np.array([float(cell) if cell else np.nan for cell in cells])


def refusal(*arguments: str) -> str:
    """The line that a command writes when it refuses its input."""
    done = run(*arguments)
    assert done.returncode == 2, done.stdout
    return done.stderr


def assert_same(table: Table, *arguments: str) -> None:
    """Every column that the command writes is that of the table, to the last bit."""
    own = table.to_dict()
    for name, cells in columns(*arguments).items():
        if own[name].dtype.kind == "U":
            assert own[name].tolist() == cells, name
        else:
            np.testing.assert_array_equal(own[name], numbers(cells), err_msg=name)
