"""What limits a loss, and how much of one resource limits it as much as another one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import _spectralaw as native
from ._arrays import Numbers, axis, doubles, number
from ._caution import warn
from ._curve import curve
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum
from ._table import Table, Values, Words, new_axes, shaped
from ._training import GradientFlow, Optimizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What limits a loss, in the order of the colours of a map.
LIMITS = ("time", "width", "samples", "label noise", "crossover")


class Regimes(Table):
    """What limits the loss at every point, with the evidence."""

    test_loss = Values("Expected loss on fresh data.")
    limited_by = Words("The resource that limits the loss: time, width, samples, label noise, or a crossover of some.")
    width_regime = Words("How the loss depends on the width.")
    samples_regime = Words("How the loss depends on the number of samples.")
    time_share = Values("The share of the loss that training for ever would remove.")
    width_share = Values("The share of the loss that unlimited width would remove.")
    samples_share = Values("The share of the loss that unlimited samples would remove.")
    noise_share = Values("The share of the loss that is label noise which was fitted.")
    time_exponent = Values("Local exponent in time or steps.")
    width_exponent = Values("Local exponent in the width.")
    samples_exponent = Values("Local exponent in the number of samples.")
    width_excess_exponent = Values("Local exponent, in the width, of the loss above that of infinite width.")
    samples_excess_exponent = Values("Local exponent, in the samples, of the loss above that of infinitely many.")
    time_of_width = Values("The time at which the width begins to limit the loss.")
    time_of_samples = Values("The time at which the samples begin to limit the loss.")
    samples_of_width = Values("The number of samples that limits the loss as much as the width does.")

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws a map of what limits the loss over two axes, or the shares of the loss over one.

        ``style`` is passed to ``Axes.pcolormesh``, or to ``Axes.plot``.
        """
        long = [place for place, length in enumerate(self.shape) if length > 1]
        if len(long) == 2:
            return self._map(long[0], long[1], ax, style)
        if len(long) != 1:
            raise SpectralawError(f"a map has two axes, but shape {self.shape} has {len(long)}: give two lists")
        ax, x = new_axes() if ax is None else ax, self.axes[long[0]]
        for share in ("time_share", "width_share", "samples_share", "noise_share"):
            ax.plot(self[x].ravel(), self[share].ravel(), **({"label": share.removesuffix("_share")} | style))
        ax.set(xscale="log", xlabel=x, ylabel="share of the loss")
        ax.legend()
        return ax

    def _map(self, down: int, across: int, ax: Axes | None, style: dict[str, Any]) -> Axes:
        from matplotlib.patches import Patch

        ax = new_axes() if ax is None else ax
        places = np.vectorize(LIMITS.index)(self.limited_by).reshape(self.shape[down], self.shape[across])
        x, y = (np.unique(self._columns[self.axes[place]]) for place in (across, down))
        look: dict[str, Any] = {"vmin": 0, "vmax": 9, "cmap": "tab10", "shading": "nearest"} | style
        colours = ax.pcolormesh(x, y, places, **look)
        patches = [(place, np.ravel(colours.to_rgba(place)).tolist()) for place in np.unique(places).tolist()]
        seen = [Patch(color=tuple(colour), label=LIMITS[place]) for place, colour in patches]
        ax.set(xscale="log", yscale="log", xlabel=self.axes[across], ylabel=self.axes[down])
        ax.legend(handles=seen, title="limited by")
        return ax


def regimes(
    spectrum: Spectrum,
    *,
    time: Numbers | None = None,
    steps: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
    noise: float = 0.0,
    optimizer: Optimizer | None = None,
) -> Regimes:
    """What limits the loss, for every width with every number of samples at every time (or step).

    Parameters
    ----------
    spectrum, time, steps, width, samples, noise, optimizer
        As for `loss`.

    Returns
    -------
    Regimes
        Of shape (width, samples, time), without the axes of arguments that are single numbers.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> regimes(spectrum, time=[1, 1e9], width=100).limited_by.tolist()
    ['time', 'width']
    """
    (n, n_axis), (p, p_axis) = axis("width", width), axis("samples", samples)
    at = curve(time, steps, None, optimizer)
    chosen = (at.optimizer or GradientFlow())._native()
    variance = number("noise variance", noise)
    with reporting() as progress:
        columns = native.regimes(spectrum._native, variance, n, p, at.along, at.at, chosen, progress)
    warn(spectrum, n, p, at.along, at.at, chosen)
    return Regimes(columns, *shaped((("width", n, n_axis), ("samples", p, p_axis), at.axis)))


class Crossover(Table):
    """Amounts of a resource that limit the loss as much as given amounts of another do."""

    _drawn = ("given", "amount")
    given = Values("The amount of the first resource.")
    amount = Values("The amount of the other one.")
    exponent = Values("The local exponent with which it grows.")
    loss = Values("The loss that either of them leaves.")
    error = Values("Estimated relative error of the amount.")


def crossover(
    spectrum: Spectrum,
    of: Literal["time", "width", "samples"],
    amounts: Numbers,
    to: Literal["time", "width", "samples"],
) -> Crossover:
    """The amounts of one resource that alone lead to the same loss as amounts of another.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> round(float(crossover(spectrum, "width", 1e6, "time").exponent), 3)  # t* ~ N^b
    1.25
    """
    values = doubles("amounts", amounts)
    with reporting() as progress:
        columns = native.crossover(spectrum._native, of, values.reshape(-1), to, progress)
    return Crossover({"given": values.reshape(-1), **columns}, values.shape, ("given",) * values.ndim)
