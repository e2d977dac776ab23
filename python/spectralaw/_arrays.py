"""Arrays of doubles from whatever holds numbers."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._spectralaw import SpectralawError

Array: TypeAlias = npt.NDArray[np.float64]
#: Numbers: a number, a list, an array of any dtype, or a column of pandas or polars.
Numbers: TypeAlias = npt.ArrayLike | Sequence[float]


def doubles(name: str, values: object) -> Array:
    """The numbers as a C-contiguous array of doubles of the same shape."""
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as problem:
        raise SpectralawError(f"{name} is no array of numbers ({problem}): give numbers") from None
    if array.dtype.kind not in "biuf":
        raise SpectralawError(f"{name} is an array of {array.dtype}, but must be of real numbers")
    # adding zero turns -0 into 0
    return np.asarray(np.asarray(array, dtype=np.float64) + 0.0, order="C")


def number(name: str, value: object) -> float:
    """A single number."""
    array = doubles(name, value)
    if array.ndim > 0:
        raise SpectralawError(f"{name} has {array.size} values: give a single number")
    return float(array)


def count(name: str, value: object) -> int:
    """An integer that is not negative."""
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise SpectralawError(f"{name} is {value!r}: give an integer") from None
    if not 0 <= whole < 1 << 64:
        raise SpectralawError(f"{name} is {whole}, but must be an integer from 0 to 2^64 - 1")
    return whole


def axis(name: str, values: object) -> tuple[Array, bool]:
    """The values along an axis, and whether it is an axis of the answer: a single number is none."""
    array = doubles(name, values)
    if array.ndim > 1:
        raise SpectralawError(f"{name} has {array.ndim} dimensions: give a number, or a list of numbers")
    return np.atleast_1d(array), array.ndim == 1


def stored(array: npt.ArrayLike) -> str:
    """The form in which numbers were stored, as far as their dtype tells."""
    dtype = np.asarray(array).dtype
    if dtype.kind in "biu":
        return "exact"
    return dtype.name if dtype.name in ("float16", "float32") else "float64"


def rows(name: str, array: npt.ArrayLike) -> tuple[Array, int]:
    """A matrix row by row, and the number of its rows."""
    matrix = doubles(name, array)
    if matrix.ndim == 0:
        raise SpectralawError(f"{name} is a single number: give an array with a row for each point")
    # (what is not finite makes the sum so)
    if not np.isfinite(matrix.sum()) and not np.isfinite(matrix).all():
        place = tuple(np.argwhere(~np.isfinite(matrix))[0])
        value = "NaN" if np.isnan(matrix[place]) else f"{matrix[place]}"
        entry = "".join(f"[{index}]" for index in place)
        raise SpectralawError(f"{name}: entry {entry} is {value}: remove or replace what is not finite")
    return matrix.reshape(-1), matrix.shape[0]


def rows_of_points(name: str, array: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[Array, int, Array]:
    """A matrix row by row, the number of its rows, and targets on the same points row by row."""
    (values, points), (own, count) = rows(name, array), rows("targets", targets)
    if count != points:
        raise SpectralawError(f"targets have {count} rows, but {name} has {points} points: give a row for each point")
    return values, points, own
