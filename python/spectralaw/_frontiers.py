"""The least loss that a budget can buy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis, number
from ._caution import warn
from ._points import Compared, Points, beside
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum
from ._table import Values, Words, shaped
from ._training import GradientFlow, Optimizer

if TYPE_CHECKING:
    import pandas
    import polars

#: A number fixes a resource, a pair bounds it, and None leaves a side open.
Bounds: TypeAlias = float | tuple[float | None, float | None]


class _Choices(Compared):
    target_loss = Values("The loss that was to be reached, where that was asked for.")
    compute = Values("The budget.")
    spent = Values("The cost of these choices.")
    width = Values("The best width.")
    samples = Values("The best number of samples.")
    batch = Values("The best batch.")
    ensemble = Values("The best number of models to average over.")
    learning_rate = Values("The best learning rate.")
    test_loss = Values("The least loss.")
    error = Values("Its estimated relative error.")
    loss_exponent = Values("``d ln L / d ln C``.")
    width_exponent = Values("``d ln N / d ln C`` of the best width.")
    time_exponent = Values("``d ln t / d ln C`` of the best time, or of the steps.")
    samples_exponent = Values("``d ln P / d ln C`` of the best number of samples.")
    batch_exponent = Values("``d ln B / d ln C`` of the best batch.")
    ensemble_exponent = Values("``d ln E / d ln C`` of the best ensemble.")
    learning_rate_exponent = Values("``d ln eta / d ln C`` of the best learning rate.")
    residual = Values("The slope that is left at the optimum.")
    bounds = Words("Bounds on which choices lie, as in ``width max; time min``.")

    @property
    def time(self) -> Array:
        """The best time, or number of steps."""
        return self["steps"] if "steps" in self.columns else self["time"]


class Frontier(_Choices):
    """The best choices for each budget."""

    _drawn = ("compute", "test_loss")
    predicted_loss_exponent = Values("The exponent of the loss that theory predicts, if it does.")
    predicted_width_exponent = Values("That of the width.")
    predicted_time_exponent = Values("That of the time.")
    predicted_samples_exponent = Values("That of the samples.")
    predicted_batch_exponent = Values("That of the batch.")

    def _x(self) -> str:
        return "compute"


class Profile(_Choices):
    """At each budget, the loss over one resource (IsoFLOP); NaN where the budget does not pay for it."""

    best = Values("The best value of the resource.")
    best_test_loss = Values("The loss there.")

    def _x(self) -> str:
        return self._drawn[0]


def _bounded(name: str, bounds: Bounds) -> tuple[str, float | None, float | None]:
    if isinstance(bounds, tuple):
        if len(bounds) != 2:
            raise SpectralawError(f"{name} has {len(bounds)} bounds: give a number, or a pair (least, most)")
        least, most = (None if bound is None else number(name, bound) for bound in bounds)
        return name, least, most
    value = number(name, bounds)
    return name, value, value


def frontier(
    spectrum: Spectrum,
    *,
    compute: Numbers | None = None,
    target_loss: Numbers | None = None,
    cost: str = "N*t",
    width: Bounds | None = None,
    samples: Bounds | None = None,
    time: Bounds | None = None,
    steps: Bounds | None = None,
    batch: Bounds | None = None,
    ensemble: Bounds | None = None,
    learning_rate: Bounds | None = None,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    integers: bool = False,
    points: Mapping[str, Any] | pandas.DataFrame | polars.DataFrame | None = None,
) -> Frontier:
    """The least test loss for each budget, and the width, time, samples, ... that reach it.

    With ``target_loss`` in place of ``compute``, the least budget that reaches each loss.

    Parameters
    ----------
    spectrum : Spectrum
    compute : number or list
        Budgets, from 1e-100 to 1e100.
    target_loss : number or list
        Losses to be reached.
    cost : str
        What a budget pays for: sums of products of time or steps ``t``, width ``N``, samples ``P``, batch ``B`` and
        ensemble ``E``, as in ``"6*N*B*t + 100*P"``.
    width, samples, time, steps, batch, ensemble, learning_rate : number or pair, optional
        A number fixes a resource; a pair ``(least, most)`` bounds it, and ``None`` leaves a side open. What is not
        given is free if it is paid for; time is always free; other sizes are infinite.
    noise : float
        Variance of the label noise.
    optimizer : Optimizer
        Gradient flow, `GD` or `SGD`; the rate and the batch of the latter are those of the optimizer unless they are
        given here.
    integers : bool
        Whether sizes and steps are integers.
    points : mapping or frame, optional
        Measured losses: a column compute, or columns of all that the cost contains, and test_loss or loss.
        ``measured`` of the answer then has the least loss for the cost of each, and ``plot`` draws them.

    Returns
    -------
    Frontier
        With an axis ``compute`` if ``compute`` is a list, or ``target_loss`` if that is one.

    Raises
    ------
    SpectralawError
        For costs that cannot be read, resources that the method does not have, budgets that do not pay for the least of
        everything, and losses that no budget reaches.

    Examples
    --------
    >>> best = frontier(Spectrum.power_law(a=1.5, b=1.25), compute=[1e6, 1e12])
    >>> np.round(best.width_exponent, 2)  # 1/(1 + b)
    array([0.45, 0.44])
    >>> back = frontier(Spectrum.power_law(a=1.5, b=1.25), target_loss=best.test_loss)
    >>> np.round(np.log10(back.compute), 9)
    array([ 6., 12.])
    """
    if (compute is None) == (target_loss is None):
        raise SpectralawError("how much compute? give compute or target_loss, one of them")
    given = {"width": width, "samples": samples, "ensemble": ensemble, "batch": batch, "learning_rate": learning_rate}
    name, asked = ("compute", compute) if target_loss is None else ("target_loss", target_loss)

    def solve(name: str, values: Numbers | None) -> tuple[dict[str, Array], Array, bool]:
        return _solve(spectrum, (name, values), cost, given, time, steps, noise, optimizer, integers, None)

    columns, values, is_axis = solve(name, asked)
    answer = Frontier(columns, *shaped(((name, values, is_axis),)))
    if points is not None:
        own = Points(points)
        costs = _costs(own, cost, optimizer)
        order = np.lexsort((own.losses, costs))
        at_costs, _, _ = solve("compute", costs[order])
        theory, error = at_costs["test_loss"], at_costs["error"]
        answer._measured = beside({"compute": costs[order]}, own.losses[order], theory, error)
    return answer


def _costs(points: Points, cost: str, optimizer: Optimizer | None) -> Array:
    """What measurements cost: their column ``compute``, or all that the cost contains."""
    if "compute" in points:
        return points.coordinate("compute")
    along = (GradientFlow() if optimizer is None else optimizer)._native().along
    paid = {name: points.coordinate(along if name == "time" else name) for name in native.paid(cost)}
    return native.costs(cost, list(paid), [np.ascontiguousarray(amounts) for amounts in paid.values()])


def profile(
    spectrum: Spectrum,
    *,
    compute: Numbers,
    over: Literal["width", "samples", "batch", "ensemble"] = "width",
    cost: str = "N*t",
    width: Bounds | None = None,
    samples: Bounds | None = None,
    time: Bounds | None = None,
    steps: Bounds | None = None,
    batch: Bounds | None = None,
    ensemble: Bounds | None = None,
    learning_rate: Bounds | None = None,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    integers: bool = False,
    points: Mapping[str, Any] | pandas.DataFrame | polars.DataFrame | None = None,
) -> Profile:
    """At each budget, the loss over the width, or over another resource, all else being best (IsoFLOP).

    Parameters
    ----------
    over : {"width", "samples", "batch", "ensemble"}
        The resource that is varied, around its best value.
    spectrum, compute, cost, width, samples, time, steps, batch, ensemble, learning_rate, noise, optimizer, integers
        As for `frontier`.
    points : mapping or frame, optional
        Measured losses as for `frontier`, with a column of what is varied: ``measured`` of the answer then has the
        least loss for the cost of each with as much of it.

    Returns
    -------
    Profile
        Of shape (compute, values), without the first axis if ``compute`` is a number.
    """
    given = {"width": width, "samples": samples, "ensemble": ensemble, "batch": batch, "learning_rate": learning_rate}
    asked = ("compute", compute)
    columns, budgets, is_axis = _solve(spectrum, asked, cost, given, time, steps, noise, optimizer, integers, over)
    values = len(columns["compute"]) // len(budgets)
    table = Profile(
        columns, (len(budgets), values) if is_axis else (values,), ("compute", over) if is_axis else (over,)
    )
    table._drawn = (over, "test_loss")
    if points is not None:
        own = Points(points)
        costs, amounts = _costs(own, cost, optimizer), own.coordinate(over)
        order = np.lexsort((own.losses, amounts, costs))
        theory, error = np.empty(len(own)), np.empty(len(own))
        # (what is varied is fixed at that of each point, those of one amount together)
        for amount in np.unique(amounts):
            at = amounts == amount
            fixed = given | {over: float(amount)}
            found, _, _ = _solve(
                spectrum, ("compute", costs[at]), cost, fixed, time, steps, noise, optimizer, integers, None
            )
            theory[at], error[at] = found["test_loss"], found["error"]
        places = {"compute": costs[order], over: amounts[order]}
        table._measured = beside(places, own.losses[order], theory[order], error[order])
    return table


def _solve(
    spectrum: Spectrum,
    asked: tuple[str, Numbers | None],
    cost: str,
    given: dict[str, Bounds | None],
    time: Bounds | None,
    steps: Bounds | None,
    noise: float,
    optimizer: Optimizer | None,
    integers: bool,
    over: str | None,
) -> tuple[dict[str, Array], Array, bool]:
    chosen = (GradientFlow() if optimizer is None else optimizer)._native()
    own, foreign, name = (time, steps, "steps") if chosen.along == "time" else (steps, time, "time")
    if foreign is not None:
        raise SpectralawError(f"this method of training is counted in {chosen.along}: give {chosen.along}, not {name}")
    bounds = [_bounded(name, value) for name, value in (given | {"time": own}).items() if value is not None]
    (values, is_axis), variance = axis(*asked), number("noise variance", noise)
    question = (asked[0] == "target_loss", values)
    with reporting() as progress:
        columns = native.frontier(spectrum._native, variance, chosen, cost, bounds, integers, question, over, progress)
    _warn(spectrum, columns)
    return columns, np.asarray(values), is_axis


def _warn(spectrum: Spectrum, columns: dict[str, Array]) -> None:
    """Warns where choices are beyond a measured spectrum."""
    time = columns["time"] if "time" in columns else columns["steps"] * columns.get("learning_rate", 1.0)
    chosen = {"width": columns["width"], "samples": columns["samples"], "time": time}
    # (a budget of a profile may not pay for a point)
    paid = ~np.isnan(np.sum(list(chosen.values()), axis=0))
    if paid.any():
        warn(spectrum, chosen["width"][paid], chosen["samples"][paid], "time", chosen["time"][paid])
