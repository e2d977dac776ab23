"""What a measured spectrum cannot tell."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np

from . import _spectralaw as native
from ._arrays import Array

if TYPE_CHECKING:
    from ._spectrum import Spectrum


class MeasurementWarning(UserWarning):
    """A question goes beyond a tenth of the modes that were measured, or beyond all of them."""


def warn(
    spectrum: Spectrum, width: Array, samples: Array, along: str, at: Array, optimizer: native.Optimizer | None = None
) -> None:
    """Warns where sizes, or the modes that are learned, are beyond what a spectrum of data can tell."""
    if not spectrum.is_measured:
        return
    found = native.beyond(spectrum._native, _ends(width), _ends(samples), along, _ends(at), optimizer)
    if found is None:
        return
    is_all, amounts = found
    told = " and ".join(f"{name} {amount:.4g}" for name, amount in amounts)
    why = (
        "beyond that this spectrum cannot predict"
        if is_all
        else "beyond a tenth of them eigenvalues are those of the sample more than of the kernel"
    )
    line = (
        f"{told} of {spectrum.modes:.6g} measured modes: {why}, and `error`, which is numerical, does not count that; "
        "compare with the spectra of two halves of the data"
    )
    warnings.warn(line, MeasurementWarning, stacklevel=_callers())


def _callers() -> int:
    """How many calls away the line is that called the package."""
    level = 1
    while sys._getframe(level).f_globals.get("__package__") == __package__:
        level += 1
    return level


def _ends(values: Array) -> Array:
    """The least, the largest, and the largest finite value, which decide."""
    return np.array([values.min(), values.max(), values[np.isfinite(values)].max(initial=values.min())])
