"""Where on which curve: times of a flow, steps of an optimizer, or ridges."""

from __future__ import annotations

from dataclasses import dataclass

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis
from ._spectralaw import SpectralawError
from ._training import GradientFlow, Optimizer


@dataclass(frozen=True)
class Curve:
    """What varies along a curve, its values, and the method of training; none is ridge regression."""

    along: str
    at: Array
    is_axis: bool
    optimizer: Optimizer | None

    @property
    def native(self) -> native.Optimizer | None:
        return None if self.optimizer is None else self.optimizer._native()

    @property
    def axis(self) -> tuple[str, Array, bool]:
        return self.along, self.at, self.is_axis


def method(
    time: object, steps: object, ridge: object, optimizer: Optimizer | None
) -> tuple[str, object, Optimizer | None]:
    """What varies along a curve, its values as they were given, and the method of training."""
    given = [
        (name, values) for name, values in (("time", time), ("steps", steps), ("ridge", ridge)) if values is not None
    ]
    if len(given) != 1:
        names = " and ".join(name for name, _ in given)
        problem = f"{names} exclude each other" if given else "where on the curve?"
        raise SpectralawError(f"{problem}: give one of time, steps and ridge")
    along, values = given[0]
    if along == "ridge":
        if optimizer is not None:
            raise SpectralawError("ridge regression has no optimizer: omit it, or give time or steps instead of ridge")
        return along, values, None
    if along == "steps" and optimizer is None:
        raise SpectralawError("steps of which method? give an optimizer, as in optimizer=GD(0.1)")
    optimizer = GradientFlow() if optimizer is None else optimizer
    counted = optimizer._native().along
    if counted != along:
        raise SpectralawError(
            f"training by {type(optimizer).__name__} is counted in {counted}: give {counted}, not {along}"
        )
    return along, values, optimizer


def curve(time: Numbers | None, steps: Numbers | None, ridge: Numbers | None, optimizer: Optimizer | None) -> Curve:
    """The curve that was asked for."""
    along, values, optimizer = method(time, steps, ridge, optimizer)
    at, is_axis = axis(along, values)
    return Curve(along, at, is_axis, optimizer)
