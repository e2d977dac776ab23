"""Exact exponents of power laws, and of the best allocation of a budget."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, overload

from . import _spectralaw as native
from ._arrays import number
from ._spectralaw import SpectralawError

Training: TypeAlias = Literal["flow", "sgd"]


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
    """A term of the loss far from the start, or a relative spread: ``amplitude`` times powers of resources.

    Attributes
    ----------
    name : str
        What the term comes from, or what limits the loss that has this spread.
    exponents : dict
        With which exponent it falls in each resource.
    amplitude : float or None
        For ``lambda_k = k^-b``; none for ``b <= 1``, where it depends on the number of modes.
    logarithm : tuple of (str, float), or None
        On a border: a term is multiplied by ``ln(resource) + offset``, a spread by the root of it.
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
        How each resource grows; and the ``steps`` of training for ``b < 1``, where they are not proportional to time.
    limiting : tuple of str
        The terms that limit the loss.
    is_on_border : bool
        Whether other phases begin here; formulas are those of one of them.
    is_unique : bool
        Whether no other split is as good.
    regions : tuple of str
        Where the phases that meet here hold.
    latex : tuple of str
        The phases that meet here, one display each.
    """

    loss: Exponent
    shares: dict[str, Share]
    limiting: tuple[str, ...]
    is_on_border: bool
    is_unique: bool
    regions: tuple[str, ...]
    latex: tuple[str, ...]


@dataclass(frozen=True)
class Exponents:
    """The terms of a loss, its spread between runs and the best allocation of a budget, exact in ``a`` and ``b``.

    Attributes
    ----------
    a, b : float
    optimizer : {"flow", "sgd"}
    terms : dict of Law
        The terms of the loss.
    spreads : dict of Law
        Standard deviations of the loss between runs over the reducible loss, by what limits the loss: ``width`` and
        ``samples`` at the end of training, ``early width`` and ``early samples`` while time limits it; and of what
        ``label noise`` adds at the end, relative to that. None for ``b <= 1``, nor for stochastic gradients.
    frontier : BestAllocation
    """

    a: float
    b: float
    optimizer: Training
    terms: dict[str, Law]
    spreads: dict[str, Law]
    frontier: BestAllocation

    def onset(self, term: str, tolerance: float) -> float:
        """From which time, width or number of samples on the exact exponent is that of the term.

        Parameters
        ----------
        term : {"time", "width", "samples"}
        tolerance : float
            The relative deviation of the local exponent of the exact loss that this resource alone limits.

        Returns
        -------
        float
            Infinite if it is not by 1e12.

        Raises
        ------
        SpectralawError
            For laws so steep that the losses that would tell are not resolved, and for ``b <= 1``.

        Examples
        --------
        >>> round(exponents(a=1.5, b=1.25).onset("width", 0.1), 1)
        40.1
        """
        found = native.onset(self.a, self.b, self.optimizer, term, number("tolerance", tolerance))
        return float("inf") if found is None else found

    def _repr_latex_(self) -> str:
        return "$$" + r" \\ ".join(self.frontier.latex) + "$$"


@dataclass(frozen=True)
class Term:
    """A form of a term or of a spread as a function of ``a`` and ``b``, and where it has this form."""

    name: str
    law: str
    region: str
    latex: str

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclass(frozen=True)
class Growth:
    """An exponent of the budget as a function of ``a`` and ``b``; the range that of all optima if they differ."""

    formula: str
    latex: str
    range: tuple[str, str] | None


@dataclass(frozen=True)
class Phase:
    """A phase of the best allocation of a budget ``C``.

    Attributes
    ----------
    limiting : tuple of str
        The terms that limit the loss.
    loss : Growth
        The loss falls as ``C^-loss``.
    shares : dict
        How everything that is paid for grows; and the ``steps`` of training for ``b < 1``.
    region, region_latex : str
        Where it holds.
    is_unique : bool
        Whether no other split is as good.
    """

    limiting: tuple[str, ...]
    loss: Growth
    shares: dict[str, Growth]
    region: str
    region_latex: str
    is_unique: bool

    def _repr_latex_(self) -> str:
        grown = "".join(rf",\; {name} \sim C^{{{share.latex}}}" for name, share in self.shares.items())
        return rf"$L \sim C^{{-({self.loss.latex})}}{grown} \quad \text{{for }} {self.region_latex}$"


@dataclass(frozen=True)
class Plane:
    """Terms, spreads and phases in all of the plane of ``a`` and ``b``.

    Attributes
    ----------
    terms : tuple of Term
    spreads : tuple of Term
        Standard deviations of the loss between runs over the reducible loss.
    phases : tuple of Phase
    searched : str
        Where phases were looked for.
    """

    terms: tuple[Term, ...]
    spreads: tuple[Term, ...]
    phases: tuple[Phase, ...]
    searched: str


def _written(written: tuple[str | None, str, str]) -> Exponent:
    value, formula, latex = written
    return Exponent(None if value is None else Fraction(value), formula, latex)


@overload
def exponents(a: float, b: float, *, cost: str = ..., optimizer: Training = ..., noise: bool = ...) -> Exponents: ...


@overload
def exponents(
    a: None = ..., b: None = ..., *, cost: str = ..., optimizer: Training = ..., noise: bool = ...
) -> Plane: ...


def exponents(
    a: float | None = None,
    b: float | None = None,
    *,
    cost: str = "N*t",
    optimizer: Training = "flow",
    noise: bool = False,
) -> Exponents | Plane:
    """Terms and spreads of the loss of a power law, and how time, width and samples should grow with a budget.

    Parameters
    ----------
    a : float
        Exponent of the target's power, above 1 and at most 100.
    b : float
        Exponent of the eigenvalues, above 0 and at most 100. Without both, all of the plane as formulas.
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
    >>> laws.spreads["width"].exponents["width"].formula, round(laws.spreads["width"].amplitude, 6)
    ('1/2', 0.632456)
    >>> exponents().phases[0].shares["width"].formula
    '1/(b + 1)'
    """
    if a is None and b is None:
        return _plane(cost, optimizer, noise)
    if a is None or b is None:
        raise SpectralawError("give both a and b, or neither for formulas")
    terms, spreads, best = native.exponents(number("a", a), number("b", b), optimizer, cost, noise)
    loss, shares, limiting, on_border, unique, regions, latex = best
    grown = {
        resource: Share(_written(exponent), Fraction(lowest), Fraction(highest))
        for resource, exponent, lowest, highest in shares
    }
    allocation = BestAllocation(_written(loss), grown, tuple(limiting), on_border, unique, tuple(regions), tuple(latex))
    return Exponents(float(a), float(b), optimizer, _laws(terms), _laws(spreads), allocation)


def _laws(found: list[native._Term]) -> dict[str, Law]:
    return {
        name: Law(name, {resource: _written(x) for resource, x in falls}, amplitude, logarithm, latex)
        for name, falls, amplitude, logarithm, latex in found
    }


def _plane(cost: str, optimizer: Training, noise: bool) -> Plane:
    terms, spreads, phases, searched = native.exponent_plane(optimizer, cost, noise)

    def phase(limiting: list[str], grown: list[native._Grown], region: str, latex: str, unique: bool) -> Phase:
        growths = {name: Growth(formula, drawn, ends) for name, formula, drawn, ends in grown}
        return Phase(tuple(limiting), growths.pop("loss"), growths, region, latex, unique)

    def forms(found: list[native._Form]) -> tuple[Term, ...]:
        return tuple(Term(*form) for form in found)

    return Plane(forms(terms), forms(spreads), tuple(phase(*found) for found in phases), searched)
