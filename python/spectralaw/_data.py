"""Spectra of data: exponents, held-out power, dimensions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from . import _spectralaw as native
from ._arrays import Array, Numbers, doubles, rows, rows_of_points, stored
from ._spectralaw import SpectralawError
from ._table import Table, Values


class Windows(Table):
    """Power laws fitted to all windows of modes."""

    _drawn = ("last", "exponent")
    first = Values("First mode of the window, counted from 1.")
    last = Values("Last mode of the window.")
    exponent = Values("The law falls as ``k^-exponent``.")
    error = Values("Its standard error.")
    bend = Values("The departure of the exponent of a window inside this one that is furthest beyond the tolerance.")
    tolerance = Values("What that departure may be.")


@dataclass(frozen=True)
class ExponentFit:
    """The exponent of a measured spectrum.

    Attributes
    ----------
    exponent, error : float
        That of the best window, and its standard error.
    first, last : int
        The modes of that window, counted from 1.
    range : tuple of float
        The smallest and the largest exponent of all windows that are as acceptable.
    windows : Windows
        All windows that were judged.
    """

    exponent: float
    error: float
    first: int
    last: int
    range: tuple[float, float]
    windows: Windows


def _exponent(eigenvalues: Numbers, target_power: Numbers | None) -> ExponentFit:
    power = None if target_power is None else doubles("target power", target_power).reshape(-1)
    values = doubles("eigenvalues", eigenvalues).reshape(-1)
    exponent, error, (first, last), ends, windows = native.exponent(values, power)
    table = Windows(windows, (len(windows["first"]),), ("last",))
    return ExponentFit(exponent, error, first, last, ends, table)


def eigenvalue_exponent(eigenvalues: Numbers) -> ExponentFit:
    """The exponent ``b`` of ``lambda_k ~ k^-b``, from the best window of modes.

    Parameters
    ----------
    eigenvalues : array of shape (modes,)
        In any order; those that are 0 are left out.

    Raises
    ------
    SpectralawError
        Where no single power law fits; the message has the exponents of all stretches.

    Examples
    --------
    >>> import numpy as np
    >>> fit = eigenvalue_exponent(np.arange(1.0, 1001.0) ** -1.3)
    >>> round(fit.exponent, 9)
    1.3
    """
    return _exponent(eigenvalues, None)


def power_exponent(eigenvalues: Numbers, target_power: Numbers) -> ExponentFit:
    """The exponent ``a`` of ``lambda_k w*_k^2 ~ k^-a``, in the order of the eigenvalues.

    Parameters
    ----------
    eigenvalues, target_power : array of shape (modes,)

    Raises
    ------
    SpectralawError
        Where no single power law fits.
    """
    return _exponent(eigenvalues, target_power)


@dataclass(frozen=True)
class LossExponents:
    """How losses fall in each resource alone, each exponent with its standard error."""

    time: float
    time_error: float
    width: float
    width_error: float
    samples: float
    samples_error: float


def loss_exponents(power: ExponentFit, eigenvalue: ExponentFit) -> LossExponents:
    """The exponents with which losses fall, if both laws of a measured spectrum go on without end.

    Parameters
    ----------
    power, eigenvalue : ExponentFit
        Of `power_exponent` and of `eigenvalue_exponent`.

    Raises
    ------
    SpectralawError
        For a power exponent up to 1 or an eigenvalue exponent up to 0, where losses are no power laws.
    """
    found = native.loss_exponents((power.exponent, power.error), (eigenvalue.exponent, eigenvalue.error))
    if found is None:
        raise SpectralawError(
            f"losses are no power law for a = {power.exponent:.4g} and b = {eigenvalue.exponent:.4g}: it needs a > 1 "
            "and b > 0; use the spectrum itself"
        )
    return LossExponents(*(number for pair in found for number in pair))


@dataclass(frozen=True, eq=False)
class HeldOutPower:
    """Target power on points that had no part in the eigenfunctions.

    Attributes
    ----------
    eigenvalues : array of shape (modes,)
        Descending.
    power, errors : array of shape (modes,)
        Unbiased estimates of ``lambda_k w*_k^2``, which may be negative, and their standard errors.
    pooled : array of shape (modes,)
        The power of modes that other points confirm, averaged until none is negative; 0 for all others.
    floor : float
        The mean square of the targets that is not in ``pooled``.
    """

    eigenvalues: Array
    power: Array
    errors: Array
    pooled: Array
    floor: float

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HeldOutPower):
            return NotImplemented
        return all(np.array_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self))

    __hash__ = None  # type: ignore[assignment]


def held_out_power(
    matrix: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    is_gram: bool = True,
    centre: str = "none",
    dtype: str | None = None,
) -> HeldOutPower:
    """Target power from two halves of the points: noise on targets is not taken for power.

    Parameters
    ----------
    matrix : array of shape (points, points) or (points, features)
        A Gram matrix, or features if ``is_gram`` is false.
    targets : array of shape (points,) or (points, outputs)
    centre, dtype
        As for `Spectrum.from_gram`.
    """
    values, points, own = rows_of_points("gram" if is_gram else "features", matrix, targets)
    dtype = stored(matrix) if dtype is None else dtype
    eigenvalues, pooled, power, errors, floor = native.held_out(is_gram, values, points, own, centre, dtype)
    return HeldOutPower(eigenvalues, power, errors, pooled, floor)


def gram_eigenvalues(gram: npt.ArrayLike, *, centre: str = "none", dtype: str | None = None) -> Array:
    """Eigenvalues of a Gram matrix over the number of points, descending, without those that are noise."""
    values, points = rows("gram", gram)
    return native.eigenvalues(True, values, points, centre, stored(gram) if dtype is None else dtype)


def feature_eigenvalues(features: npt.ArrayLike, *, centre: str = "none", dtype: str | None = None) -> Array:
    """Eigenvalues of the kernel that is the product of features, as by `gram_eigenvalues`."""
    values, points = rows("features", features)
    return native.eigenvalues(False, values, points, centre, stored(features) if dtype is None else dtype)


def participation_ratio(eigenvalues: Numbers) -> float:
    """The squared sum of eigenvalues over the sum of their squares: how many modes carry the trace."""
    return native.participation_ratio(doubles("eigenvalues", eigenvalues).reshape(-1))


@dataclass(frozen=True)
class IntrinsicDimension:
    """The dimension of the manifold that points lie on.

    Attributes
    ----------
    dimension, error : float
        The estimate and its standard error.
    decimated : tuple of (float, int)
        Estimates on fewer points, which see larger scales, with the number of points.
    duplicates : int
        Points that coincide with others and are counted once.
    """

    dimension: float
    error: float
    decimated: tuple[tuple[float, int], ...]
    duplicates: int


def intrinsic_dimension(points: npt.ArrayLike, *, dtype: str | None = None) -> IntrinsicDimension:
    """The dimension of points from the ratio of the distances to their two nearest neighbours.

    Parameters
    ----------
    points : array of shape (points, coordinates)
    dtype : {"float16", "float32", "float64", "exact"}, optional
        In which precision the points are known; by default that of the array.
    """
    array = doubles("points", points)
    if array.ndim != 2:
        raise SpectralawError(f"points have shape {array.shape}: give (points, coordinates)")
    dtype = stored(points) if dtype is None else dtype
    dimension, error, decimated, duplicates = native.dimension(array.reshape(-1), array.shape[1], dtype)
    return IntrinsicDimension(dimension, error, tuple(decimated), duplicates)
