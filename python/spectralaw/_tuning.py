"""What is best, or enough, for given models."""

from __future__ import annotations

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis, number
from ._caution import warn
from ._curve import curve
from ._kernel import Networks
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum
from ._table import Table, Values, Words, shaped
from ._training import GradientFlow, Optimizer


class Tuning(Table):
    """Answers for every width with every number of samples."""

    _drawn = ("samples", "test_loss")
    width = Values("The width: that of the model, or the one that is enough.")
    samples = Values("The number of samples.")
    test_loss = Values("The loss there.")
    error = Values("Its estimated relative error.")
    residual = Values("The slope that is left at the optimum; not of reuse.")
    epochs = Values("Of reuse: how many times every sample has been seen.")
    bounds = Words("The bounds of what can be chosen on which the answer lies, as in ``time max``.")

    @property
    def best(self) -> Array:
        """What was asked for: the best time, number of steps or ridge, the width that is enough, the end of reuse."""
        return self[self._asked]

    _asked: str


def _tune(
    question: str,
    spectrum: Spectrum,
    width: Numbers,
    samples: Numbers,
    noise: float,
    optimizer: Optimizer | None,
    tolerance: float,
    at: float | None = None,
) -> Tuning:
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    chosen = (GradientFlow() if optimizer is None else optimizer)._native()
    variance, tolerance = number("noise variance", noise), number("tolerance", tolerance)
    with reporting() as progress:
        columns = native.tune(question, spectrum._native, variance, n, p, chosen, at, tolerance, progress)
    along, found = ("ridge", columns["ridge"]) if question == "ridge" else (chosen.along, columns[chosen.along])
    warn(spectrum, columns["width"], columns["samples"], along, found, chosen)
    table = Tuning(columns, *shaped((("width", n, n_axis), ("samples", p, p_axis))))
    table._asked = question if question in ("width", "ridge") else chosen.along
    table._drawn = ("samples" if p.size >= n.size else "width", table._asked)
    return table


def tune_time(
    spectrum: Spectrum,
    *,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
) -> Tuning:
    """When to stop: the time, or number of steps, of the least test loss.

    Parameters
    ----------
    spectrum, width, samples, noise, optimizer
        As for `loss`.

    Returns
    -------
    Tuning
        Of shape (width, samples), without the axes of single numbers; ``best`` is 0 where it is best not to train, and
        infinite where training on never harms. ``end_loss`` is the loss at the end of training.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> stop = tune_time(spectrum, samples=[100, 1000], noise=0.5)
    >>> bool(np.all(stop.test_loss < stop["end_loss"]))
    True
    """
    return _tune("time", spectrum, width, samples, noise, optimizer, 0.01)


def tune_ridge(spectrum: Spectrum, *, width: Numbers = np.inf, samples: Numbers = np.inf, noise: float = 0.0) -> Tuning:
    """The ridge of the least test loss; ``ridgeless_loss`` is that without one."""
    return _tune("ridge", spectrum, width, samples, noise, None, 0.01)


def tune_width(
    spectrum: Spectrum | Networks,
    *,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    time: float | None = None,
    steps: float | None = None,
    tolerance: float = 0.01,
) -> Tuning:
    """The least width whose loss is within a tolerance of ``unlimited_loss``; infinite if none is.

    Parameters
    ----------
    spectrum : Spectrum or Networks
        Of networks the width is that in hidden units.
    samples, noise, optimizer
        As for `loss`.
    time, steps : float
        When training ends at all widths (``steps`` of an optimizer that takes steps); at the best time of each if
        neither is given.
    tolerance : float

    Examples
    --------
    >>> from spectralaw import Kernel
    >>> networks = Kernel("ntk", dimension=20).networks("white:3")
    >>> enough = tune_width(networks, samples=[100, 400], time=100, tolerance=0.05)
    >>> bool(np.all((enough.width > 80) & (enough.width < 150)))
    True
    """
    at = _end(time, steps, optimizer)
    if not isinstance(spectrum, Networks):
        return _tune("width", spectrum, np.inf, samples, noise, optimizer, tolerance, at)
    p, p_axis = axis("samples", samples)
    chosen = (GradientFlow() if optimizer is None else optimizer)._native()
    variance, tolerance = number("noise variance", noise), number("tolerance", tolerance)
    with reporting() as progress:
        columns = native.sufficient_networks(spectrum._native, variance, p, chosen, at, tolerance, progress)
    table = Tuning(columns, *shaped((("width", np.array([np.inf]), False), ("samples", p, p_axis))))
    table._asked = "width"
    table._drawn = ("samples", "width")
    return table


def _end(time: float | None, steps: float | None, optimizer: Optimizer | None) -> float | None:
    takes_steps = optimizer is not None and optimizer._native().along == "steps"
    if time is not None and steps is not None:
        raise SpectralawError("time and steps exclude each other: give one of them")
    if time is not None and takes_steps:
        raise SpectralawError("an optimizer takes steps: give steps instead of time")
    if steps is not None and not takes_steps:
        raise SpectralawError("steps of what? give an optimizer that takes steps, as GD(0.1), or time")
    given = steps if time is None else time
    return None if given is None else number("time" if steps is None else "steps", given)


def tune_reuse(
    spectrum: Spectrum,
    *,
    width: Numbers = np.inf,
    samples: Numbers,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    tolerance: float = 0.01,
) -> Tuning:
    """Until when the loss on samples that are used again is within a tolerance of ``fresh_loss``."""
    return _tune("reuse", spectrum, width, samples, noise, optimizer, tolerance)


class Comparisons(Table):
    """How many runs tell two settings apart, for every width with every number of samples."""

    _drawn = ("samples", "paired_runs")
    width = Values("The width.")
    samples = Values("The number of samples.")
    first_loss = Values("Mean test loss of the first setting, to order 1/N + 1/P.")
    second_loss = Values("That of the second setting.")
    paired_spread = Values("Standard deviation of the difference of two test losses on common draws.")
    independent_spread = Values("Standard deviation of the difference of two test losses of independent runs.")
    paired_runs = Values("Pairs of runs on common draws that it takes; infinite where the means do not differ.")
    independent_runs = Values("Independent runs of each setting that it takes.")


def tune_seeds(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    ridge: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
    confidence: float = 0.95,
) -> Comparisons:
    """How many runs of each of two settings tell which has the smaller test loss.

    Parameters
    ----------
    spectrum, width, samples, noise, optimizer
        As for `loss`; an optimizer without gradient noise.
    time, steps, ridge : pair of float
        One of the three: the two values between which the settings differ.
    confidence : float
        The probability with which the mean of so many runs shows the better setting as better, between 0.5 and 1.

    Returns
    -------
    Comparisons
        Of shape (width, samples), without the axes of single numbers.

    Raises
    ------
    SpectralawError
        For settings that are not two, stochastic gradients, and losses that diverge.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> runs = tune_seeds(spectrum, ridge=[0.05, 0.1], width=60, samples=[40, 80], noise=0.1)
    >>> bool(np.all(runs.paired_runs < runs.independent_runs))
    True
    """
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    if time is None and steps is None and ridge is None:
        raise SpectralawError("between which two settings? give one of ridge, time and steps, as in ridge=[0.01, 0.1]")
    at = curve(time, steps, ridge, optimizer)
    if at.at.size != 2:
        raise SpectralawError(f"two settings are told apart, but {at.along} has {at.at.size} values: give two")
    first, second = (float(value) for value in at.at)
    variance, share = number("noise variance", noise), number("confidence", confidence)
    with reporting() as progress:
        columns = native.seeds(spectrum._native, variance, n, p, at.native, (first, second), share, progress)
    table = Comparisons(columns, *shaped((("width", n, n_axis), ("samples", p, p_axis))))
    table._drawn = ("samples" if p.size >= n.size else "width", "paired_runs")
    return table
