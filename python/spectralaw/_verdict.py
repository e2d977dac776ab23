"""Whether a fit is to be trusted, and why not."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import Any

from . import _spectralaw as native
from ._table import Rows, Values, Words


class HeldOut(Rows):
    """How well laws predict the runs that cost most, if they are fitted to the others."""

    _drawn = ("law", "error")
    law = Words("The law.")
    up_to = Values("The largest cost of a run that was fitted.")
    fitted = Values("How many runs were fitted.")
    held_out = Values("How many were held out.")
    error = Values("Root mean square of ``ln`` of prediction over measurement.")
    bias = Values("Mean of that logarithm: positive where losses are predicted too high.")
    coverage = Values("The share of them within their intervals, as refits and scatter make these.")
    widening = Values("The factor by which these would have to be longer; 1 where chance explains what is outside.")

    def to_rows(self) -> list[dict[str, Any]]:
        """A dictionary for each row."""
        columns = {name: column.tolist() for name, column in self.to_dict().items()}
        return [{name: column[row] for name, column in columns.items()} for row in range(len(self))]


@dataclass(frozen=True)
class OtherFloor:
    """What a fit would say if its floor were another.

    Attributes
    ----------
    floor : float
    excess : float
        By how much the objective exceeds its minimum, as a share of it.
    loss : float
        The loss of the first question then; NaN if nothing was asked.
    parameters : dict
        The constants then.
    """

    floor: float
    excess: float
    loss: float
    parameters: dict[str, float]


@dataclass(frozen=True)
class Change:
    """How a conclusion changes with a choice that is a matter of taste.

    Attributes
    ----------
    what : str
        What was changed.
    loss : float
        The loss of the first question then; NaN if nothing was asked.
    parameters : dict
        The constants then.
    """

    what: str
    loss: float
    parameters: dict[str, float]


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether a fit is to be trusted; true if all that was asked is determined by the runs.

    Attributes
    ----------
    identified : bool
        Whether all that was asked is determined by the runs.
    reasons : tuple of str
        Why not, a sentence for each.
    unidentified : tuple of str
        Names of constants, or of answers, that are not determined.
    warnings : tuple of str
        What one should know besides.
    extrapolation : float
        How many times as large as that of any run the largest cost is that was asked for; NaN if nothing was.
    held_out : HeldOut
        The law fitted up to a cost, compared with the runs beyond, from small costs to large ones.
    floors : tuple of OtherFloor
        What other floors would mean, from the low end of the interval to the high one.
    changes : tuple of Change
        What other thresholds would change, and what the most influential runs do.
    """

    identified: bool
    reasons: tuple[str, ...]
    unidentified: tuple[str, ...]
    warnings: tuple[str, ...]
    extrapolation: float
    held_out: HeldOut
    floors: tuple[OtherFloor, ...]
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, names: tuple[str, ...], judged: native._Judged) -> Verdict:
        """The verdict of the library, with the names of constants."""
        identified, (unidentified, reasons, warnings), held_out, floors, changes, extrapolation = judged

        def named(values: list[float]) -> dict[str, float]:
            return dict(zip(names, values, strict=True))

        return cls(
            identified,
            tuple(reasons),
            tuple(unidentified),
            tuple(warnings),
            extrapolation,
            HeldOut(held_out, (len(held_out["law"]),)),
            tuple(OtherFloor(floor, excess, loss, named(values)) for floor, excess, loss, values in floors),
            tuple(Change(what, loss, named(values)) for what, loss, values in changes),
        )

    def __eq__(self, other: object) -> bool:
        # as text, in which what is unknown equals itself
        return repr(self.to_dict()) == repr(other.to_dict()) if isinstance(other, Verdict) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return self.identified

    def __str__(self) -> str:
        said = "these runs determine the law" if self.identified else "these runs do not determine all of the law"
        warnings = [f"mind: {warning}" for warning in self.warnings]
        return "\n- ".join([said, *self.reasons, *warnings])

    def _repr_html_(self) -> str:
        said, *why = (html.escape(line) for line in str(self).split("\n- "))
        return f"<p>{said}</p><ul>{''.join(f'<li>{line}</li>' for line in why)}</ul>"

    def to_dict(self) -> dict[str, Any]:
        """The verdict as `spectralaw fit --format json` names its parts."""
        told = {name: getattr(self, name) for name in ("identified", "reasons", "unidentified", "warnings")}
        return told | {
            "extrapolation": self.extrapolation,
            "held_out": self.held_out.to_rows(),
            "floors": [asdict(floor) for floor in self.floors],
            "changes": [asdict(change) for change in self.changes],
        }
