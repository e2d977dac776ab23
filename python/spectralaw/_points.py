"""Measured losses beside those of the theory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._arrays import Array, doubles
from ._spectralaw import SpectralawError
from ._table import Rows, Table, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Names of columns that are measured losses, the first that there is.
_LOSSES = ("test_loss", "measured", "loss", "final_loss", "train_loss")


class Measured(Rows):
    """Measured losses, each with what the theory says of it, from small coordinates to large ones.

    Besides the columns below there is one for each coordinate.
    """

    _drawn = ("test_loss", "ratio")
    measured = Values("The loss that was measured.")
    test_loss = Values("The loss of the theory.")
    ratio = Values("The measured loss in units of that of the theory.")
    error = Values("The estimated relative error of the loss of the theory.")

    @property
    def mean(self) -> float:
        """The mean of ``ln(measured/theory)``: positive where measured losses are larger."""
        return float(self._logs.mean())

    @property
    def root_mean_square(self) -> float:
        """The root mean square of ``ln(measured/theory)``."""
        return float(np.sqrt((self._logs**2).mean()))

    @property
    def largest(self) -> float:
        """The largest modulus of ``ln(measured/theory)``."""
        return float(np.abs(self._logs).max())

    @property
    def _logs(self) -> Array:
        logs = np.log(self["ratio"])
        finite: Array = logs[np.isfinite(logs)]
        return finite


class Points:
    """Columns of measured losses: whatever has columns by names."""

    def __init__(self, columns: Mapping[str, Any] | Any) -> None:
        names = [name for name in list(columns) if isinstance(name, str)]
        self._columns = {name: columns[name] for name in names}
        found = next((name for name in _LOSSES if name in self._columns), None)
        if found is None:
            told = ", ".join(names)
            raise SpectralawError(f"points: no column is a loss: call one test_loss or loss; there are {told}")
        self.losses = self._doubles(found)
        bad = np.flatnonzero(~((self.losses > 0) & np.isfinite(self.losses)))
        if bad.size:
            loss, row = self.losses[bad[0]], bad[0] + 1
            raise SpectralawError(f"points: the loss {loss} of row {row} is not positive and finite: remove the row")

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __len__(self) -> int:
        return len(self.losses)

    def coordinate(self, name: str, values: Array | None = None) -> Array:
        """A coordinate of each: its column, or the one value of all curves."""
        if name in self._columns:
            own = self._doubles(name)
            if len(own) != len(self):
                raise SpectralawError(f"points: {len(own)} values of {name} for {len(self)} losses: give one for each")
            return own
        if values is not None and len(values) == 1:
            return np.full(len(self), values[0])
        raise SpectralawError(
            f"points: there is no column {name}, and curves have several values of it: add one"
            if values is not None
            else f"points: there is no column {name}: add one"
        )

    def _doubles(self, name: str) -> Array:
        return doubles(f"column {name} of points", self._columns[name]).reshape(-1)


class Compared(Table):
    """An answer that may have measured losses beside it."""

    _measured: Measured | None = None

    @property
    def measured(self) -> Measured:
        """The losses of ``points=``, with what the theory says of each."""
        if self._measured is None:
            raise AttributeError("no losses were measured: give points=")
        return self._measured

    def plot(
        self,
        ax: Axes | None = None,
        *,
        x: str | None = None,
        y: str | None = None,
        points: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        **style: Any,
    ) -> Axes:
        """Draws curves as `Table.plot`, and under them the losses of ``points=``, if there are any."""
        along = self._x() if x is None else x
        is_loss = (self._drawn[1] if y is None else y) == "test_loss"
        if points is None and self._measured is not None and is_loss and along in self._measured.columns:
            points = self._measured[along], self._measured.measured
        return super().plot(ax, x=x, y=y, points=points, **style)


def beside(coordinates: dict[str, Array], losses: Array, theory: Array, error: Array) -> Measured:
    """A table of measurements, with what the theory says."""
    columns = {"measured": losses, "test_loss": theory, "ratio": losses / theory, "error": error}
    return Measured(coordinates | columns, (len(losses),))
