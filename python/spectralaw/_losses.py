"""Losses on grids and at scattered points, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis, doubles, number
from ._caution import warn
from ._curve import curve, method
from ._points import Compared, Measured, Points, beside
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum
from ._table import Table, Values, shaped
from ._training import GradientFlow, Optimizer

if TYPE_CHECKING:
    import pandas
    import polars


class Terms(Table):
    """The test loss as a sum of non-negative terms: an analysis of variance over features, data and label noise."""

    _drawn = ("time", "bias")
    bias = Values("Loss of the predictor averaged over features and data, without what cannot be learned.")
    features = Values("Variance over the random features.")
    data = Values("Variance over data sets, without label noise.")
    data_features = Values("Interaction of features and data.")
    noise_data = Values("Variance from the noise on the labels.")
    noise_data_features = Values("Interaction of label noise and features.")
    gradient_noise = Values("Variance from the batches of stochastic gradient descent.")
    irreducible = Values("Label noise of the test points, and target power outside the span.")


_TERMS = tuple(name for name, column in vars(Terms).items() if isinstance(column, Values))


class LossCurve(Compared):
    """Losses averaged over features, data and label noise: mean squares, without a factor 1/2."""

    test_loss = Values("Expected loss on fresh data: ``signal + sigma^2 noise``.")
    train_loss = Values("Expected loss on the training samples, on their noisy labels.")
    signal = Values("Test loss without label noise.")
    noise = Values("Test loss per unit of label noise; at least 1.")
    train_signal = Values("Train loss without label noise.")
    train_noise = Values("Train loss per unit of label noise.")
    same_data = Values("Loss, without label noise, of an average over infinitely many draws of the features.")
    same_feat = Values("Loss, without label noise, of an average over infinitely many data sets.")
    error = Values("Estimated relative error of the test loss.")
    gap = Values("Test loss minus train loss of a single predictor, computed without cancellation.")
    excess = Values("Test loss above that of the unlimited resource of ``excess=``, if it was given.")
    excess_error = Values("Its estimated relative error.")
    spread = Values("Standard deviation of the test loss between runs, with ``spread=True``.")
    spread_error = Values("Its estimated absolute error.")
    finite_size_shift = Values("What is to be added to the mean test loss, to order 1/N + 1/P, with ``spread=True``.")
    shift_error = Values("Its estimated absolute error.")
    spread_features = Values("Standard deviation between runs on one data set, over the random features.")
    spread_data = Values("Standard deviation between runs with the same features and label noise, over the samples.")
    spread_label_noise = Values("Standard deviation between runs with the same features and samples.")
    train_spread = Values("Standard deviation of the train loss between runs.")
    train_shift = Values("What is to be added to the mean train loss, to order 1/N + 1/P.")

    @property
    def terms(self) -> Terms:
        """The test loss, term by term."""
        kept = {name: column for name, column in self._columns.items() if name in _TERMS or name in self._sizes}
        return Terms(kept, self._shape, self._axes)

    @property
    def _sizes(self) -> tuple[str, ...]:
        return tuple(self._columns)[:3]


class LossGradient(Table):
    """Test losses with their local exponents ``d ln L / d ln x``, each with its absolute error."""

    test_loss = Values("Expected loss on fresh data.")
    error = Values("Its estimated relative error.")
    time_exponent = Values("Local exponent in time, steps or the ridge.")
    time_exponent_error = Values("Its estimated error.")
    width_exponent = Values("Local exponent in the width.")
    width_exponent_error = Values("Its estimated error.")
    samples_exponent = Values("Local exponent in the number of samples.")
    samples_exponent_error = Values("Its estimated error.")


def loss(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    ridge: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    weight_decay: float | None = None,
    ensemble: float = 1.0,
    bag: float = 1.0,
    excess: Literal["time", "width", "samples"] | None = None,
    spread: bool = False,
    allow_unstable: bool = False,
    points: Mapping[str, Any] | pandas.DataFrame | polars.DataFrame | None = None,
) -> LossCurve:
    """Losses of every width with every number of samples at every time (or step, or ridge).

    Parameters
    ----------
    spectrum : Spectrum
    time, steps, ridge : number or list
        One of the three: times of a flow, from 0 to 1e30; steps of an optimizer, integers from 0 to 1e12; or ridges of
        ridge regression, 0 or from 1e-100 to 1e100. Each may be infinite. Units are those of the inverse eigenvalue.
    width, samples : number or list
        Sizes from 1 on, or infinite.
    noise : float
        Variance of the label noise, in training and test; from 0 to 1e100.
    optimizer : Optimizer
        Gradient flow, if it is not given with ``time``.
    weight_decay : float, optional
        Coefficient of a constant ridge term in the gradient; of gradient flow and gradient descent.
    ensemble, bag : float
        Number of draws of the features, and of data sets, over which predictors are averaged.
    excess : {"time", "width", "samples"}, optional
        Adds the loss above that of infinitely much of this resource.
    spread : bool
        Adds how far single runs lie from the mean, and the mean to the next order; of all but ``SGD``, of single
        predictors, without weight decay.
    allow_unstable : bool
        Whether learning rates at which training diverges are followed, instead of refused.
    points : mapping or frame, optional
        Measured losses: columns named as those of the answer, and test_loss or loss. ``measured`` of the answer then
        has what the theory says of each, and ``plot`` draws them.

    Returns
    -------
    LossCurve
        Of shape (width, samples, time), without the axes of arguments that are single numbers.

    Raises
    ------
    SpectralawError
        For numbers outside their ranges, and learning rates that are not stable.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> curve = loss(spectrum, time=[1, 1e3, np.inf], width=1000, samples=[100, 1000], noise=0.1)
    >>> curve.test_loss.shape
    (2, 3)
    >>> bool(np.all(curve.error < 1e-10))
    True
    >>> np.allclose(sum(curve.terms[name] for name in curve.terms.columns[3:]), curve.test_loss)
    True
    """
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    at = curve(time, steps, ridge, optimizer)
    if at.optimizer is None:
        _refuse_with_ridge(
            weight_decay=weight_decay is not None, allow_unstable=allow_unstable, excess=excess is not None
        )
    elif weight_decay is not None or excess is not None:
        _refuse_together(weight_decay is not None, allow_unstable, excess is not None)
    if spread and (weight_decay is not None or allow_unstable):
        option = "allow_unstable" if allow_unstable else "weight_decay"
        raise SpectralawError(f"spread is not solved with {option}: omit {option}, or spread")
    if spread and (ensemble != 1.0 or bag != 1.0):
        raise SpectralawError("spread is that of single predictors: omit it, or ensemble and bag")
    decay = None if weight_decay is None else number("weight decay", weight_decay)
    variance, e, b = number("noise variance", noise), number("ensemble", ensemble), number("bag", bag)
    with reporting() as progress:
        columns = native.loss(
            spectrum._native,
            variance,
            n,
            p,
            at.along,
            at.at,
            at.native,
            decay,
            allow_unstable,
            e,
            b,
            excess,
            spread,
            progress,
        )
    warn(spectrum, n, p, at.along, at.at, at.native)
    answer = LossCurve(columns, *shaped((("width", n, n_axis), ("samples", p, p_axis), at.axis)))
    if points is not None:
        given: dict[str, Any] = {"noise": noise, "optimizer": optimizer, "weight_decay": weight_decay}
        given |= {"ensemble": ensemble, "bag": bag, "allow_unstable": allow_unstable}
        answer._measured = _measured(spectrum, Points(points), (n, p, at.at), at.along, given)
    return answer


def _measured(
    spectrum: Spectrum, points: Points, curves: tuple[Array, Array, Array], along: str, given: dict[str, Any]
) -> Measured:
    """What the theory says of measured losses, those of one curve together."""
    names = ("width", "samples", along)
    places = [points.coordinate(name, values) for name, values in zip(names, curves, strict=True)]
    order = np.lexsort((places[2], places[1], places[0]))
    width, samples, at = (place[order] for place in places)
    starts = np.flatnonzero(np.r_[True, (width[1:] != width[:-1]) | (samples[1:] != samples[:-1])])
    theory, error = np.empty(len(points)), np.empty(len(points))
    for first, end in zip(starts, np.r_[starts[1:], len(points)], strict=True):
        coordinates: dict[str, Any] = {"width": width[first], "samples": samples[first], along: at[first:end]}
        own = loss(spectrum, **coordinates, **given)
        theory[first:end], error[first:end] = own.test_loss, own.error
    return beside(dict(zip(names, (width, samples, at), strict=True)), points.losses[order], theory, error)


def _refuse_with_ridge(**given: bool) -> None:
    if names := [name for name, is_given in given.items() if is_given]:
        raise SpectralawError(f"{names[0]} belongs to training: give time or steps instead of ridge, or omit it")


def _refuse_together(weight_decay: bool, allow_unstable: bool, excess: bool) -> None:
    if weight_decay and (allow_unstable or excess):
        option = "excess" if excess else "allow_unstable"
        raise SpectralawError(f"{option} is not solved with weight decay: omit {option}, or weight_decay")
    if excess and allow_unstable:
        raise SpectralawError("excess is that of stable training: omit it, or allow_unstable")


class LossSurface(Table):
    """Test losses of every width with every number of samples at every time, and nothing else."""

    test_loss = Values("Expected loss on fresh data.")
    error = Values("Its estimated relative error.")


def loss_surface(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
) -> LossSurface:
    """Test losses on a dense grid: those of `loss` within their errors, at a fraction of the cost of a point.

    Parameters
    ----------
    spectrum, time, steps, width, samples, noise, optimizer
        As for `loss`; up to 1e8 points.

    Returns
    -------
    LossSurface
        Of shape (width, samples, time), without the axes of arguments that are single numbers.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> loss_surface(spectrum, time=np.geomspace(1, 1e5, 50), width=[10, 100], samples=[1000, 10_000]).shape
    (2, 2, 50)
    """
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    at = curve(time, steps, None, optimizer)
    chosen = (at.optimizer or GradientFlow())._native()
    variance = number("noise variance", noise)
    with reporting() as progress:
        losses, errors = native.surface(spectrum._native, variance, n, p, at.at, chosen, progress)
    warn(spectrum, n, p, at.along, at.at, chosen)
    coordinates = (array.reshape(-1) for array in np.meshgrid(n, p, at.at, indexing="ij"))
    columns = dict(zip(("width", "samples", at.along), coordinates, strict=True))
    return LossSurface(
        columns | {"test_loss": losses, "error": errors},
        *shaped((("width", n, n_axis), ("samples", p, p_axis), at.axis)),
    )


@overload
def test_loss(
    spectrum: Spectrum,
    *,
    time: Numbers | None = ...,
    steps: Numbers | None = ...,
    ridge: Numbers | None = ...,
    width: Numbers = ...,
    samples: Numbers = ...,
    noise: Numbers = ...,
    optimizer: Optimizer | None = ...,
    with_error: Literal[False] = ...,
) -> Array: ...


@overload
def test_loss(
    spectrum: Spectrum,
    *,
    time: Numbers | None = ...,
    steps: Numbers | None = ...,
    ridge: Numbers | None = ...,
    width: Numbers = ...,
    samples: Numbers = ...,
    noise: Numbers = ...,
    optimizer: Optimizer | None = ...,
    with_error: Literal[True],
) -> tuple[Array, Array]: ...


def test_loss(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    ridge: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: Numbers = 0.0,
    optimizer: Optimizer | None = None,
    with_error: bool = False,
) -> Array | tuple[Array, Array]:
    """Test losses of models that are scattered over all sizes; arguments broadcast, as those of a ufunc do.

    Points that differ in nothing but the time share their work. They are computed in parallel.

    Parameters
    ----------
    spectrum : Spectrum
    time, steps, ridge : array
        One of the three, as for `loss`.
    width, samples, noise : array
        Sizes and the variance of the label noise.
    optimizer : Optimizer
        Gradient flow, if it is not given with ``time``.
    with_error : bool
        Whether the estimated relative errors are returned as well.

    Returns
    -------
    array of the broadcast shape, or two of them

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> test_loss(spectrum, time=100.0, width=[[10], [1000]], samples=[50, 5000, 1e6]).shape
    (2, 3)
    """
    along, values, optimizer = method(time, steps, ridge, optimizer)
    named = (("width", width), ("samples", samples), ("noise variance", noise), (along, values))
    arrays = [doubles(name, array) for name, array in named]
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for (name, _), array in zip(named, arrays, strict=True))
        raise SpectralawError(f"shapes do not broadcast: {told}; give shapes that numpy can broadcast") from None
    if 0 in shape:
        return (np.empty(shape), np.empty(shape)) if with_error else np.empty(shape)
    n, p, variance, at = (np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1) for array in arrays)
    chosen = None if optimizer is None else optimizer._native()
    with reporting() as progress:
        losses, errors = native.test_loss(spectrum._native, n, p, variance, along, at, chosen, progress)
    warn(spectrum, n, p, along, at, chosen)
    if with_error:
        return losses.reshape(shape), errors.reshape(shape)
    return losses.reshape(shape)


#: pytest takes functions of this name for tests
test_loss.__test__ = False  # type: ignore[attr-defined]


def loss_gradient(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    ridge: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    ensemble: float = 1.0,
    bag: float = 1.0,
) -> LossGradient:
    """Test losses with their local exponents in time, width and samples, on a grid as that of `loss`.

    ``ensemble`` and ``bag`` are the numbers of draws of the features, and of data sets, whose predictors are averaged.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=2, b=1.5)
    >>> round(float(loss_gradient(spectrum, time=1e12).time_exponent), 6)  # -(a - 1)/b
    -0.666667
    """
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    at = curve(time, steps, ridge, optimizer)
    variance, e, b = number("noise variance", noise), number("ensemble", ensemble), number("bag", bag)
    with reporting() as progress:
        columns: Mapping[str, npt.ArrayLike] = native.gradient(
            spectrum._native, variance, n, p, at.along, at.at, at.native, e, b, progress
        )
    warn(spectrum, n, p, at.along, at.at, at.native)
    return LossGradient(columns, *shaped((("width", n, n_axis), ("samples", p, p_axis), at.axis)))


def stable_learning_rate(
    spectrum: Spectrum, optimizer: Optimizer, *, width: float = np.inf, samples: float = np.inf
) -> float:
    """The largest learning rate at which training by a method is stable; the rate of ``optimizer`` does not matter."""
    n, p = number("width", width), number("samples", samples)
    return native.stable_learning_rate(spectrum._native, n, p, optimizer._native())
