"""Exact exponents of power laws, and of the best allocation of a budget."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from . import _spectralaw as native
from ._arrays import number


@dataclass(frozen=True)
class Exponent:
    """An exact exponent.

    Attributes
    ----------
    value : fractions.Fraction or None
        The number; none at a pole.
    formula, latex : str
        As a function of ``a`` and ``b``.
    """

    value: Fraction | None
    formula: str
    latex: str

    def __float__(self) -> float:
        return float("nan") if self.value is None else float(self.value)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclass(frozen=True)
class Law:
    """A term of the loss, far from the start: ``amplitude`` times powers of resources.

    Attributes
    ----------
    name : str
        What the term comes from.
    exponents : dict
        With which exponent it falls in each resource.
    amplitude : float or None
        For ``lambda_k = k^-b``; none for ``b <= 1``, where it depends on the number of modes.
    logarithm : tuple of (str, float), or None
        On a border: the term is multiplied by ``ln(resource) + offset``.
    latex : str
    """

    name: str
    exponents: dict[str, Exponent]
    amplitude: float | None
    logarithm: tuple[str, float] | None
    latex: str

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclass(frozen=True)
class Share:
    """How a resource grows with the budget, ``C^exponent``; the range is that of all optima."""

    exponent: Exponent
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True)
class BestAllocation:
    """The best split of a budget ``C``.

    Attributes
    ----------
    loss : Exponent
        The loss falls as ``C^-loss``.
    shares : dict
        How each resource grows.
    limiting : tuple of str
        The terms that limit the loss.
    is_on_border : bool
        Whether other phases begin here; formulas are those of one of them.
    latex : tuple of str
        The phases that meet here, one display each.
    """

    loss: Exponent
    shares: dict[str, Share]
    limiting: tuple[str, ...]
    is_on_border: bool
    latex: tuple[str, ...]


@dataclass(frozen=True)
class Exponents:
    """The terms of a loss and the best allocation of a budget, exact in ``a`` and ``b``."""

    a: float
    b: float
    terms: dict[str, Law]
    frontier: BestAllocation

    def _repr_latex_(self) -> str:
        return "$$" + r" \\ ".join(self.frontier.latex) + "$$"


def _written(written: tuple[str | None, str, str]) -> Exponent:
    value, formula, latex = written
    return Exponent(None if value is None else Fraction(value), formula, latex)


def exponents(
    a: float,
    b: float,
    *,
    cost: str = "N*t",
    optimizer: Literal["flow", "sgd"] = "flow",
    noise: bool = False,
) -> Exponents:
    """Every term of the loss of a power law, and how time, width and samples should grow with a budget.

    Parameters
    ----------
    a : float
        Exponent of the target's power, above 1 and at most 100.
    b : float
        Exponent of the eigenvalues, above 0 and at most 100.
    cost : str
        What is paid for: a product of powers of time or steps ``t``, width ``N``, samples ``P`` and batch ``B``.
    optimizer : {"flow", "sgd"}
        Flow stands for gradient descent with full batches as well.
    noise : bool
        Whether label noise is among the terms.

    Raises
    ------
    SpectralawError
        For exponents outside their ranges, and costs without a best allocation.

    Examples
    --------
    >>> laws = exponents(a=1.5, b=1.25)
    >>> laws.frontier.loss.value, laws.frontier.loss.formula
    (Fraction(2, 9), '(a - 1)/(b + 1)')
    >>> laws.frontier.shares["width"].exponent.latex
    '\\\\frac{1}{b+1}'
    """
    terms, best = native.exponents(number("a", a), number("b", b), optimizer, cost, noise)
    laws = {
        name: Law(name, {resource: _written(x) for resource, x in falls}, amplitude, logarithm, latex)
        for name, falls, amplitude, logarithm, latex in terms
    }
    loss, shares, limiting, on_border, latex = best
    grown = {
        resource: Share(_written(exponent), Fraction(lowest), Fraction(highest))
        for resource, exponent, lowest, highest in shares
    }
    allocation = BestAllocation(_written(loss), grown, tuple(limiting), on_border, tuple(latex))
    return Exponents(float(a), float(b), laws, allocation)
