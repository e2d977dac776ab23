"""Laws fitted to measured runs."""

from __future__ import annotations

import math

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, count, doubles, number
from ._fitted import Fit, Options
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._verdict import HeldOut

#: Operations of a transformer: a forward and a backward pass, for each parameter and each token.
USUAL_COST = "6*N*D"


def _grouped(group: object, runs: int) -> list[int] | None:
    """A number for each run that tells its group."""
    if group is None:
        return None
    labels = np.asarray(group)
    if labels.shape != (runs,):
        raise SpectralawError(f"group has shape {labels.shape} for {runs} runs: give a name or number for each run")
    names: dict[object, int] = {}
    return [names.setdefault(label, len(names)) for label in labels.tolist()]


def fit(
    *,
    loss: Numbers,
    size: Numbers | None = None,
    data: Numbers | None = None,
    compute: Numbers | None = None,
    steps: Numbers | None = None,
    unique: Numbers | None = None,
    group: object = None,
    perplexity: bool = False,
    law: str | None = None,
    cost: str = USUAL_COST,
    floor: float | None = None,
    delta: float = 1e-3,
    level: float = 0.95,
    resamples: int | None = None,
    seed: int = 0,
    hold_out: float | str | None = None,
) -> Fit:
    """A law of measured runs: its constants, with intervals that hold.

    Laws are fitted by Huber losses of ``ln L`` from many starts, and again to runs drawn from the table.

    Parameters
    ----------
    loss : array of shape (runs,)
        Losses, or perplexities if ``perplexity`` says so.
    size, data : array of shape (runs,)
        Sizes (parameters, width) and amounts of data (tokens, samples, with repetitions), in any units.
    compute : array of shape (runs,)
        What each run cost. Data that are not given follow from it by ``cost``.
    steps : array of shape (runs,)
        Steps of a learning curve, in place of data.
    unique : array of shape (runs,)
        The part of the data that differs, for the laws ``repeated`` and ``theory``; all of it unless it is given.
    group : array of shape (runs,)
        Names or numbers of groups of runs that depend on each other, such as checkpoints of one model.
    perplexity : bool
        The loss is a perplexity: its logarithm is taken.
    law : {"parametric", "tied", "power", "isoflop", "repeated", "steps", "theory", "all"}
        ``all`` takes the one that best predicts runs that are held out. By default parametric, or power where runs
        have one amount, or steps.
    cost : str
        What size N and data D cost, as in ``"6*N*D"``.
    floor : float
        The floor, if it is known; 0 for none.
    delta : float
        Deviations of ``ln L`` beyond this count by their size, not by its square; infinite for least squares.
    level : float
        The share of intervals that hold the truth.
    resamples : int
        How often runs are drawn again; 1,000, and 100 for ``theory``, unless it is given.
    seed : int
        Of the draws; results are the same for the same seed.
    hold_out : float or str
        With ``law="all"``, the share of runs that is held out, or a cost beyond which they are, as in
        ``"compute:1e20"``; a fifth unless it is given.

    Returns
    -------
    Fit

    Raises
    ------
    SpectralawError
        For amounts and losses that are not positive and finite, runs that are given twice or lack an amount, and
        options outside their ranges.

    Examples
    --------
    >>> size, data = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5)))
    >>> scatter = np.random.default_rng(0).normal(0, 3e-3, 25)
    >>> runs = fit(size=size, data=data, loss=(1.8 + 480 * size**-0.35 + 2100 * data**-0.37) * np.exp(scatter))
    >>> runs.law, list(runs.parameters)
    ('parametric', ['E', 'A', 'B', 'alpha', 'beta'])
    >>> low, high = runs.intervals["alpha"]
    >>> low < 0.35 < high
    True
    >>> best = runs.optimum(1e22)
    >>> bool(best.size_low < best.size < best.size_high)
    True
    """
    if steps is not None and data is not None:
        raise SpectralawError("data and steps exclude each other: give data, or the steps of one learning curve")
    if hold_out is not None and law != "all":
        raise SpectralawError('hold_out belongs to law="all": ask the fit for held_out instead')
    losses = doubles("loss", loss).reshape(-1)
    if perplexity:
        losses = _logarithms(losses)

    def each(name: str, values: Numbers | None) -> Array | None:
        return None if values is None else _of_runs(name, doubles(name, values), len(losses))

    of_data = each("data", data) if steps is None else each("steps", steps)
    amounts = each("size", size), of_data, each("unique", unique), each("compute", compute)
    groups = _grouped(group, len(losses))
    known = None if floor is None else number("floor", floor)
    refits = None if resamples is None else count("resamples", resamples)
    options: Options = (number("delta", delta), known, number("level", level), refits, count("seed", seed))
    which = hold_out if hold_out is None or isinstance(hold_out, str) else repr(number("share", hold_out))
    with reporting() as progress:
        fitted, compared = native.fit(amounts, losses, groups, steps is not None, cost, law, which, options, progress)
    if compared is None:
        return Fit(fitted, options, cost, None, {})
    columns, impossible = compared
    return Fit(fitted, options, cost, HeldOut(columns, (len(columns["law"]),)), dict(impossible))


def _logarithms(perplexities: Array) -> Array:
    """Losses of perplexities, which are refused where they are none."""
    bad = np.flatnonzero(~(perplexities > 1))
    if bad.size:
        raise SpectralawError(f"loss[{bad[0]}] is {perplexities[bad[0]]:g}, but perplexities are above 1")
    # one after the other, so that bits are those of the command line
    return np.array([math.log(perplexity) for perplexity in perplexities.tolist()])


def _of_runs(name: str, array: Array, runs: int) -> Array:
    """A value for each run; a single number is that of all."""
    if array.ndim == 0:
        return np.full(runs, float(array))
    if array.size != runs:
        raise SpectralawError(f"{name} has {array.size} values but loss has {runs}: give one of each for every run")
    return array.reshape(-1)
