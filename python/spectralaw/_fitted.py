"""Laws of measured runs: constants with intervals, predictions, plans."""

from __future__ import annotations

import functools
import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis, doubles, number
from ._fit_tables import Constants, NeededBudget, Plan, Prediction, Runs
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._table import new_axes, shaped
from ._verdict import HeldOut, Verdict

if TYPE_CHECKING:
    import pandas
    import polars
    from matplotlib.axes import Axes

_Answer = TypeVar("_Answer", Plan, NeededBudget)

#: Points of a law that is drawn.
_DRAWN = 40

Amounts: TypeAlias = tuple[Array | None, Array | None, Array | None, Array | None]
Options: TypeAlias = tuple[float, float | None, float, int | None, int]


class Fit:
    """A law fitted to runs; made by `fit`.

    Where runs do not determine the law, constants are NaN, and ``reasons`` says why. Fits can be pickled, copied and
    compared; nothing is fitted again.
    """

    def __init__(
        self,
        fitted: native.Fit,
        options: Options,
        cost: str,
        comparison: HeldOut | None,
        impossible: dict[str, str],
    ) -> None:
        self._native, self._options, self._cost = fitted, options, cost
        self._comparison, self._impossible = comparison, impossible

    @property
    def law(self) -> str:
        """The name of the law: parametric, tied, power, isoflop, repeated, steps or theory."""
        return self._native.law

    @property
    def formula(self) -> str:
        """The law as a formula."""
        return self._native.formula

    @property
    def cost(self) -> str:
        """What size N and data D cost, unless a question names another cost."""
        return self._cost

    @property
    def level(self) -> float:
        """The share of intervals that hold the truth, if the law has the right form."""
        return self._options[2]

    @property
    def parameters(self) -> dict[str, float]:
        """The constants by their names."""
        return self._named(self._found[0])

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors of the constants, for runs whose scatter may differ; NaN for what is not free."""
        return self._named(self._found[1])

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Intervals of the constants, by refits to resampled runs."""
        return self._named([(low, high) for low, high in self._native.intervals])

    @property
    def profile_intervals(self) -> dict[str, tuple[float, float]]:
        """Intervals of the constants by profiles of the objective, which check the others; NaN for amplitudes."""
        return self._named([(low, high) for low, high in self._found[2]])

    @property
    def objective(self) -> float:
        """The sum of Huber losses of ``ln L``."""
        return self._found[3]

    @property
    def residuals(self) -> Array:
        """``ln L(law) - ln L`` of each run, in the order of ``runs``."""
        return np.array(self._found[4])

    @property
    def influences(self) -> Array:
        """How far each run moves the constants, in standard errors of that which it moves most."""
        return np.array(self._found[5])

    @property
    def replicates(self) -> Array:
        """Constants of the refits to resampled runs, of shape (refits, constants), in the order of ``parameters``."""
        return self._found[6].copy()

    @property
    def failed_refits(self) -> int:
        """Refits that did not end."""
        return self._found[7]

    @property
    def widening(self) -> float:
        """The factor by which intervals of losses are longer than refits and scatter make them.

        It is 1 where the law, fitted to the cheaper 70 per cent of the runs, holds the others as often as it should.
        """
        return self._found[8]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the runs do not determine the law at all; empty if they do."""
        return tuple(self._native.reasons)

    @functools.cached_property
    def constants(self) -> Constants:
        """A table of the constants with their errors and intervals."""
        low, high = zip(*self.intervals.values(), strict=True)
        profile_low, profile_high = zip(*self.profile_intervals.values(), strict=True)
        columns: dict[str, npt.ArrayLike] = {
            "constant": list(self._native.names),
            "value": self._found[0],
            "standard_error": self._found[1],
            "low": low,
            "high": high,
            "profile_low": profile_low,
            "profile_high": profile_high,
        }
        return Constants(columns, (len(low),))

    @functools.cached_property
    def runs(self) -> Runs:
        """The runs, from small to large, with what the law says of each."""
        columns = self._native.runs()
        return Runs(columns, (len(columns["loss"]),))

    @property
    def comparison(self) -> HeldOut | None:
        """How well each law predicts runs that were held out, the best first, if ``law="all"`` was asked for."""
        return self._comparison

    @property
    def impossible(self) -> dict[str, str]:
        """Laws that could not be compared, and why."""
        return dict(self._impossible)

    def predict(
        self,
        size: Numbers | None = None,
        data: Numbers | None = None,
        *,
        unique: Numbers | None = None,
        compute: Numbers | None = None,
        cost: str | None = None,
    ) -> Prediction:
        """The loss of runs, with the interval in which that of a single run is expected.

        Parameters
        ----------
        size, data, unique, compute : array
            What the law depends on; they broadcast. Of a learning curve, ``data`` are steps.
        cost : str
            What size and data cost, where the law needs the compute; that of the fit unless it is given.

        Returns
        -------
        Prediction
            Of the broadcast shape.

        Raises
        ------
        SpectralawError
            For amounts that are not positive and finite, and shapes that do not broadcast.
        """
        amounts, shape = _broadcast(size=size, data=data, unique=unique, compute=compute)
        with reporting() as progress:
            columns = self._native.predict(amounts, self._cost if cost is None else cost, progress)
        return Prediction(columns, shape)

    def optimum(
        self,
        budget: Numbers,
        *,
        cost: str | None = None,
        most_data: float | None = None,
        least_size: float | None = None,
        most_size: float | None = None,
        integers: bool = False,
    ) -> Plan:
        """The best size and data for a budget, with intervals.

        Parameters
        ----------
        budget : number or list
            What the run may cost.
        cost : str
            What size N and data D cost, as in ``"6*N*D + 2*N^1.5"``; that of the fit unless it is given.
        most_data : float
            The most data that there are; the laws ``repeated`` and ``theory`` repeat them.
        least_size, most_size : float
            The smallest and the largest size that are of use.
        integers : bool
            Only whole numbers for the best size and data, as for widths and steps.

        Returns
        -------
        Plan
            With an axis ``budget`` if ``budget`` is a list. Its ``bound`` says what keeps a size from being a minimum.

        Raises
        ------
        SpectralawError
            For laws without size and data, and budgets and limits that are not positive and finite.
        """
        asked = self._asked(cost, most_data, least_size, most_size, integers)
        return self._planned(Plan, "budget", budget, self._native.optimum, asked)

    def budget_for(
        self,
        loss: Numbers,
        *,
        cost: str | None = None,
        most_data: float | None = None,
        least_size: float | None = None,
        most_size: float | None = None,
    ) -> NeededBudget:
        """The least budget that reaches a loss, with its interval; ``cost`` and limits as for `optimum`.

        Returns
        -------
        NeededBudget
            With an axis ``loss`` if ``loss`` is a list.
        """
        asked = self._asked(cost, most_data, least_size, most_size)
        return self._planned(NeededBudget, "loss", loss, self._native.budget_for, asked)

    def held_out(self, which: float | str = 0.2) -> HeldOut:
        """How well the law predicts the runs that cost most if it is fitted to the others.

        Parameters
        ----------
        which : float or str
            The share of the runs that is held out, or a cost beyond which they are, as in ``"compute:1e20"``.
        """
        columns = self._native.held_out(which if isinstance(which, str) else repr(number("share", which)))
        return HeldOut(columns, ())

    @functools.cached_property
    def verdict(self) -> Verdict:
        """Whether the constants are to be trusted, and why not; `judge` asks it of a plan or of predictions."""
        return self.judge()

    def judge(
        self,
        *,
        budget: float | None = None,
        size: Numbers | None = None,
        data: Numbers | None = None,
        unique: Numbers | None = None,
        compute: Numbers | None = None,
        cost: str | None = None,
        most_data: float | None = None,
        least_size: float | None = None,
        most_size: float | None = None,
        integers: bool = False,
    ) -> Verdict:
        """Whether a plan and predictions are to be trusted, and why not.

        The law is tried on runs that are held out, with other thresholds and floors, and without its most influential
        runs.

        Parameters
        ----------
        budget : float
            The budget of a plan.
        size, data, unique, compute : array
            Runs whose losses are asked for, as for `predict`.
        cost, most_data, least_size, most_size, integers
            As for `optimum`.
        """
        amounts, _ = _broadcast(size=size, data=data, unique=unique, compute=compute)
        money = None if budget is None else number("budget", budget)
        price, bounds = self._asked(cost, most_data, least_size, most_size, integers)
        judged = self._native.verdict(amounts, money, price, bounds)
        return Verdict.of(tuple(self._native.names), judged)

    def to_dict(self) -> dict[str, Any]:
        """The law, its constants and their intervals, as `spectralaw fit --format json` names them."""
        told: dict[str, Any] = {
            "law": self.law,
            "runs": len(self.residuals),
            "level": self.level,
            "parameters": self.parameters,
            "objective": self.objective,
            "standard_errors": self.standard_errors,
            "intervals": self.intervals,
            "profile_intervals": self.profile_intervals,
            "widening": self.widening,
        }
        return told if self._comparison is None else told | {"comparison": self._comparison.to_rows()}

    def to_pandas(self) -> pandas.DataFrame:
        """The constants as a frame of pandas."""
        return self.constants.to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The constants as a frame of polars."""
        return self.constants.to_polars()

    def plot(
        self,
        ax: Axes | None = None,
        *,
        budget: float | None = None,
        cost: str | None = None,
        most_data: float | None = None,
        least_size: float | None = None,
        most_size: float | None = None,
        **style: Any,
    ) -> Axes:
        """Draws the runs over their compute, and the least loss for it, with the interval of single runs.

        Laws without an optimum are drawn over the one amount that they depend on.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if it is not given.
        budget : float
            How far the law is drawn, if that is beyond the runs.
        cost, most_data, least_size, most_size
            As for `optimum`.
        **style
            Passed to ``Axes.plot`` for the law.
        """
        ax = new_axes() if ax is None else ax
        has_optimum = self._native.has_optimum
        known = [name for name in ("compute", "data", "size") if not np.isnan(self.runs[name]).any()]
        x = "data" if self.law == "steps" else known[0]
        at = self.runs[x]
        last = max(float(at.max()), 0.0 if budget is None else number("budget", budget))
        places = np.geomspace(at.min(), last, _DRAWN)
        if has_optimum:
            limits: dict[str, Any] = {"most_data": most_data, "least_size": least_size, "most_size": most_size}
            plan = self.optimum(places, cost=cost, **limits)
            loss, low, high = plan.loss, plan.loss_low, plan.loss_high
        else:
            found = self.predict(**{x: places}, cost=cost)
            loss, low, high = found.loss, found.low, found.high
        ax.plot(at, self.runs.loss, "o", color="0.4", markersize=4, label="runs")
        what = "least loss for the compute" if has_optimum else self.formula
        (line,) = ax.plot(places, loss, **({"label": what} | style))
        share = f"{100 * self.level:g} % of single runs"
        ax.fill_between(places, low, high, color=line.get_color(), alpha=0.2, linewidth=0, label=share)
        ax.set(xscale="log", yscale="log", xlabel="steps" if self.law == "steps" else x, ylabel="loss")
        ax.legend()
        return ax

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fit):
            return NotImplemented
        if (self.law, self._options, self._cost, self.reasons) != (
            other.law,
            other._options,
            other._cost,
            other.reasons,
        ):
            return False
        if (self._comparison, self._impossible) != (other._comparison, other._impossible) or self.runs != other.runs:
            return False
        pairs = zip(self._found, other._found, strict=True)
        return all(np.array_equal(np.asarray(one), np.asarray(two), equal_nan=True) for one, two in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Callable[..., Fit], tuple[object, ...]]:
        runs, is_grouped = self.runs, self._native.is_grouped
        amounts = tuple(runs[name] for name in ("size", "data", "unique", "compute"))
        groups = runs.group.astype(int).tolist() if is_grouped else None
        state = (self.law, amounts, runs.loss, groups, self._options, self._found, list(self.reasons))
        return _stored, (state, self._cost, self._comparison, self._impossible)

    def __repr__(self) -> str:
        ends = self.intervals
        told = ", ".join(
            f"{name} {value:.4g} ({ends[name][0]:.4g} to {ends[name][1]:.4g})"
            for name, value in self.parameters.items()
        )
        return f"<Fit of the law {self.law} to {len(self.residuals)} runs: {told}>"

    def _repr_html_(self) -> str:
        why = "".join(f"<li>{html.escape(reason)}</li>" for reason in self.reasons)
        return f"<p>{self.law}: {self.formula}</p>{self.constants._repr_html_()}" + (f"<ul>{why}</ul>" if why else "")

    @functools.cached_property
    def _found(self) -> native._Found:
        return self._native.found()

    def _named(self, values: list[Any]) -> dict[str, Any]:
        return dict(zip(self._native.names, values, strict=True))

    def _asked(
        self,
        cost: str | None,
        most_data: float | None,
        least_size: float | None,
        most_size: float | None,
        integers: bool = False,
    ) -> tuple[str, native._Bounds]:
        least = None if least_size is None else number("smallest size", least_size)
        largest = None if most_size is None else number("largest size", most_size)
        most = None if most_data is None else number("largest amount of data", most_data)
        return self._cost if cost is None else cost, (least, largest, most, bool(integers))

    def _planned(
        self,
        kind: type[_Answer],
        name: str,
        values: Numbers,
        answer: Callable[..., dict[str, Array]],
        asked: tuple[str, native._Bounds],
    ) -> _Answer:
        at, is_axis = axis(name, values)
        price, bounds = asked
        with reporting() as progress:
            columns = answer(at, price, bounds, progress)
        return kind(columns, *shaped(((name, at, is_axis),)))


def _stored(state: tuple[Any, ...], cost: str, comparison: HeldOut | None, impossible: dict[str, str]) -> Fit:
    """What `Fit.__reduce__` stores."""
    return Fit(native.Fit.stored(*state), state[4], cost, comparison, impossible)


def _broadcast(**amounts: Numbers | None) -> tuple[Amounts, tuple[int, ...]]:
    """Amounts of one shape, flat, and the shape."""
    given = {name: doubles(name, values) for name, values in amounts.items() if values is not None}
    for name, array in given.items():
        bad = array[~((array > 0) & np.isfinite(array))]
        if bad.size:
            raise SpectralawError(f"{name} is {bad.ravel()[0]}, but must be positive and finite")
    try:
        shape = np.broadcast_shapes(*(array.shape for array in given.values()))
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for name, array in given.items())
        raise SpectralawError(f"shapes do not broadcast: {told}; give shapes that numpy can broadcast") from None
    flat = {name: np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1) for name, array in given.items()}
    return (flat.get("size"), flat.get("data"), flat.get("unique"), flat.get("compute")), shape
