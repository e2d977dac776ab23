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


@dataclass(frozen=True)
class Optimum:
    """The best size and data for a budget, the loss there, and the exponents with which they change with the budget."""

    size: float
    data: float
    loss: float
    size_exponent: float
    data_exponent: float
    loss_exponent: float


@dataclass(frozen=True)
class ParametricFit:
    """``L = floor + size_amplitude N^-size_exponent + data_amplitude D^-data_exponent``, fitted to runs.

    Attributes
    ----------
    standard_errors : tuple of float
        Of the five constants, in their order.
    residual, largest_residual : float
        Root mean square and largest deviation of ``ln L``.
    """

    floor: float
    size_amplitude: float
    size_exponent: float
    data_amplitude: float
    data_exponent: float
    standard_errors: tuple[float, ...]
    residual: float
    largest_residual: float

    def predict(self, size: Numbers, data: Numbers) -> Array:
        """The loss at sizes and amounts of data, which broadcast."""
        of_size = self.size_amplitude * doubles("size", size) ** -self.size_exponent
        of_data = self.data_amplitude * doubles("data", data) ** -self.data_exponent
        return np.asarray(self.floor + of_size + of_data)

    def optimum(self, budget: float, *, prefactor: float = 6.0) -> Optimum:
        """The best size and data at a cost ``prefactor * N * D`` of ``budget``."""
        constants = (self.floor, self.size_amplitude, self.size_exponent, self.data_amplitude, self.data_exponent)
        return Optimum(*native.parametric_optimum(constants, number("budget", budget), number("prefactor", prefactor)))


def fit(*, size: Numbers, data: Numbers, loss: Numbers, delta: float = 1e-3) -> ParametricFit:
    """The parametric law of runs, as Hoffmann et al. (2022) fit it: the least Huber loss of ``ln L``.

    Parameters
    ----------
    size, data, loss : array of shape (runs,)
        At least six runs; all positive.
    delta : float
        Where the Huber loss turns from squares to moduli; infinite for least squares.

    Raises
    ------
    SpectralawError
        For runs that do not determine the law.
    """
    lists = _list("size", size), _list("data", data), _list("loss", loss)
    constants, errors, residual, largest = native.parametric(*lists, number("delta", delta))
    return ParametricFit(*constants, tuple(errors), residual, largest)
