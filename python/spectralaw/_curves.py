"""Laws as scaling studies fit them to runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, doubles, number


def _list(name: str, values: Numbers) -> Array:
    return doubles(name, values).reshape(-1)


@dataclass(frozen=True)
class PowerLawFit:
    """``y = amplitude x^exponent``, the exponent's standard error, and the root mean square deviation of ``ln y``."""

    amplitude: float
    exponent: float
    exponent_error: float
    residual: float

    def __call__(self, x: Numbers) -> Array:
        """The law at ``x``."""
        return np.asarray(self.amplitude * doubles("x", x) ** self.exponent)


def fit_power_law(x: Numbers, y: Numbers) -> PowerLawFit:
    """The power law through points, by least squares of logarithms.

    Examples
    --------
    >>> round(fit_power_law([1, 10, 100], [3, 0.3, 0.03]).exponent, 12)
    -1.0
    """
    return PowerLawFit(*native.power_law(_list("x", x), _list("y", y)))


@dataclass(frozen=True)
class Parabola:
    """A parabola in the logarithm of the size: the minimum of a profile.

    Attributes
    ----------
    at, value : float
        The size at the minimum, and the value there.
    curvature : float
        Second derivative by the logarithm of the size.
    residual : float
        Root mean square deviation.
    points : int
        Points within the window.
    is_extrapolated : bool
        Whether the minimum lies beyond these points.
    """

    at: float
    value: float
    curvature: float
    residual: float
    points: int
    is_extrapolated: bool


def fit_parabola(sizes: Numbers, values: Numbers, *, window: float = np.inf) -> Parabola:
    """The parabola through the points whose size is within a factor ``window`` of that of the least value."""
    return Parabola(*native.parabola(_list("sizes", sizes), _list("values", values), number("window", window)))
