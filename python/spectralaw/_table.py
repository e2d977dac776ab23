"""Answers as columns, with the names that the command line writes."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from ._arrays import Array
from ._spectralaw import SpectralawError

if TYPE_CHECKING:
    import pandas
    import polars
    from matplotlib.axes import Axes
    from typing_extensions import Self

#: Rows of a table in a notebook.
_SHOWN = 12


class Values:
    """A column of numbers, shaped as its table."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, table: None, owner: type) -> Self: ...

    @overload
    def __get__(self, table: Table, owner: type) -> Array: ...

    def __get__(self, table: Table | None, owner: type) -> Self | Array:
        return self if table is None else table._attribute(self._name)


class Words:
    """A column of words, shaped as its table."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, table: None, owner: type) -> Self: ...

    @overload
    def __get__(self, table: Table, owner: type) -> npt.NDArray[np.str_]: ...

    def __get__(self, table: Table | None, owner: type) -> Self | npt.NDArray[np.str_]:
        return self if table is None else table._attribute(self._name)


class Table:
    """Columns of equal length, each an array.

    Columns have the names that the command line writes. ``table[name]`` is a column with the table's ``shape``, which
    has an axis for each argument that was a list; ``to_dict``, ``to_pandas`` and ``to_polars`` have a row for each
    point, the last axis varying fastest.
    """

    #: The column along which curves are drawn, unless a table has another one, and what is drawn.
    _drawn: tuple[str, str] = ("time", "test_loss")

    def __init__(self, columns: Mapping[str, npt.ArrayLike], shape: tuple[int, ...], axes: tuple[str, ...]) -> None:
        arrays = {name: np.asarray(column) for name, column in columns.items()}
        self._columns: dict[str, npt.NDArray[Any]] = arrays
        self._shape = shape
        self._axes = axes

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return self._shape

    @property
    def axes(self) -> tuple[str, ...]:
        """The column that varies along each axis."""
        return self._axes

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._columns)

    def __len__(self) -> int:
        """Number of rows."""
        return len(next(iter(self._columns.values()), ()))

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._columns:
            raise KeyError(f"{name} is none of the columns {', '.join(self._columns)}")
        return self._columns[name].reshape(self._shape)

    def _attribute(self, name: str) -> npt.NDArray[Any]:
        if name not in self._columns:
            raise AttributeError(f"this table has no {name}, but {', '.join(self._columns)}")
        return self[name]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if (self._shape, self._axes, self.columns) != (other._shape, other._axes, other.columns):
            return False
        pairs = zip(self._columns.values(), other._columns.values(), strict=True)
        return all(np.array_equal(one, two, equal_nan=one.dtype.kind == "f") for one, two in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        def told(name: str) -> str:
            values = self._columns[name]
            ends = f"{values[0]:.6g}" if len(values) == 1 else f"{values.min():.6g} to {values.max():.6g}"
            return f"{name} {ends}"

        numbers = [name for name in self._axes if name in self._columns and self._columns[name].dtype.kind == "f"]
        axes = ", ".join(told(name) for name in numbers if self._columns[name].size) or "no axes"
        return f"<{type(self).__name__} of shape {self._shape}: {axes}; {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        def row(cells: Iterable[object], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

        def cell(value: object) -> object:
            return f"{value:.6g}" if isinstance(value, float) else value

        count = len(self)
        half = _SHOWN // 2
        places = list(range(count)) if count <= _SHOWN else [*range(half), *range(count - half, count)]
        rows = [row((cell(column[place]) for column in self._columns.values()), "td") for place in places]
        if count > _SHOWN:
            rows.insert(half, row(("...",) * len(self._columns), "td"))
        head = row(self._columns, "th")
        return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table><p>{count} rows</p>"

    def to_dict(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by their names, one-dimensional, with a row for each point."""
        return {name: column.copy() for name, column in self._columns.items()}

    def to_pandas(self) -> pandas.DataFrame:
        """A frame of pandas with a row for each point."""
        import pandas

        return pandas.DataFrame(self.to_dict())

    def to_polars(self) -> polars.DataFrame:
        """A frame of polars with a row for each point."""
        import polars

        return polars.DataFrame({name: list(c) if c.dtype.kind == "U" else c for name, c in self._columns.items()})

    def plot(
        self,
        ax: Axes | None = None,
        *,
        x: str | None = None,
        y: str | None = None,
        points: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        **style: Any,
    ) -> Axes:
        """Draws a column over another one, a curve for each combination of the values along the other axes.

        Axes are logarithmic unless nothing is positive.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if it is not given.
        x, y : str, optional
            Columns. By default what suits the answer: the longest axis, and the test loss.
        points : pair of arrays, optional
            Measured values, drawn as points under the curves.
        **style
            Passed to ``Axes.plot`` for the curves.

        Returns
        -------
        matplotlib Axes
        """
        ax = new_axes() if ax is None else ax
        x, y = self._x() if x is None else x, self._drawn[1] if y is None else y
        if points is not None:
            ax.plot(np.asarray(points[0]), np.asarray(points[1]), "o", color="0.4", markersize=4, label="measured")
        others = [name for name in self._axes if name != x]
        for key in self._keys(others):
            own = np.ones(len(self), dtype=bool)
            for name, value in zip(others, key, strict=True):
                own &= self._columns[name] == value
            label = ", ".join(f"{name} {value:.6g}" for name, value in zip(others, key, strict=True))
            ax.plot(self._columns[x][own], self._columns[y][own], **({"label": label or None} | style))
        ax.set(xscale=_scale(self._columns[x]), yscale=_scale(self._columns[y]), xlabel=x, ylabel=y)
        if others or points is not None:
            ax.legend()
        return ax

    def _x(self) -> str:
        longest = max(zip(self._shape, self._axes, strict=True), default=(1, ""), key=lambda axis: axis[0])
        usual = self._drawn[0]
        if usual in self._axes and self._shape[self._axes.index(usual)] > 1:
            return usual
        return longest[1] if longest[0] > 1 or usual not in self._columns else usual

    def _keys(self, names: list[str]) -> Iterable[tuple[float, ...]]:
        return itertools.product(*(dict.fromkeys(self._columns[name].tolist()) for name in names))


class Rows(Table):
    """A table whose rows vary in several columns at once: its axes have no columns, and it is drawn as points."""

    def __init__(self, columns: Mapping[str, npt.ArrayLike], shape: tuple[int, ...]) -> None:
        super().__init__(columns, shape, ("row",) * len(shape))

    def plot(self, ax: Axes | None = None, *, x: str | None = None, y: str | None = None, **style: Any) -> Axes:
        """Draws a column over another one, as points; ``style`` is passed to ``Axes.plot``."""
        ax = new_axes() if ax is None else ax
        x, y = self._drawn[0] if x is None else x, self._drawn[1] if y is None else y
        looks: dict[str, Any] = {"marker": "o", "linestyle": ""} | style
        ax.plot(self._columns[x], self._columns[y], **looks)
        ax.set(xlabel=x, ylabel=y)
        if self._columns[x].dtype.kind == "f":
            ax.set_xscale(_scale(self._columns[x]))
        ax.set_yscale(_scale(self._columns[y]))
        return ax


def _scale(values: npt.NDArray[Any]) -> str:
    """Logarithmic where anything can be drawn so."""
    return "log" if np.any((values > 0) & np.isfinite(values)) else "linear"


def new_axes() -> Axes:
    """Axes of a new figure."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise SpectralawError("figures are drawn by matplotlib: install it, as by pip install matplotlib") from None
    return plt.figure(layout="constrained").add_subplot()


def shaped(axes: Iterable[tuple[str, Array, bool]]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Shape and names of the axes that are lists."""
    kept = [(len(values), name) for name, values, is_axis in axes if is_axis]
    return tuple(length for length, _ in kept), tuple(name for _, name in kept)
