"""How models are trained: optimizers, and schedules of their learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, doubles, number


@dataclass(frozen=True, repr=False)
class Schedule:
    """A learning rate for every step, counted from 0.

    Rates are positive, in units of the inverse eigenvalue. Every schedule goes on for ever: what decays to a last rate
    keeps it. Made by ``constant``, ``linear``, ``cosine``, ``step``, ``power_law`` and ``rates``; ``warm_up`` steps, if
    there are any, come first, at ``1/warm_up``, ``2/warm_up``, ... of the first rate.

    Examples
    --------
    >>> schedule = Schedule.cosine(0.5, 0.01, 1000, warm_up=10)
    >>> schedule(np.array([0, 10, 5000]))
    array([0.05, 0.5 , 0.01])
    """

    kind: str
    numbers: tuple[float, ...]
    warm_up: float = 0.0

    def __post_init__(self) -> None:
        self._native()

    @classmethod
    def constant(cls, learning_rate: float, *, warm_up: float = 0.0) -> Schedule:
        """The same rate at every step."""
        return cls("constant", (number("learning rate", learning_rate),), number("warm_up", warm_up))

    @classmethod
    def linear(cls, first: float, last: float, steps: float, *, warm_up: float = 0.0) -> Schedule:
        """From the first rate to the last in a straight line over ``steps`` steps."""
        return cls("linear", _numbers(first, last, steps), number("warm_up", warm_up))

    @classmethod
    def cosine(cls, first: float, last: float, steps: float, *, warm_up: float = 0.0) -> Schedule:
        """From the first rate to the last along half a cosine over ``steps`` steps."""
        return cls("cosine", _numbers(first, last, steps), number("warm_up", warm_up))

    @classmethod
    def step(cls, first: float, factor: float, every: float, *, warm_up: float = 0.0) -> Schedule:
        """Multiplied by ``factor``, from 0 (exclusive) to 1, after every ``every`` steps."""
        return cls("step", _numbers(first, factor, every), number("warm_up", warm_up))

    @classmethod
    def power_law(cls, first: float, exponent: float, steps: float, *, warm_up: float = 0.0) -> Schedule:
        """``first (1 + s/steps)^-exponent`` at step ``s``, for exponents from 0 to 10."""
        return cls("power_law", _numbers(first, exponent, steps), number("warm_up", warm_up))

    @classmethod
    def rates(cls, rates: Numbers, *, warm_up: float = 0.0) -> Schedule:
        """One rate after the other; the last one stays."""
        return cls("rates", tuple(doubles("learning rates", rates).reshape(-1).tolist()), number("warm_up", warm_up))

    def __call__(self, step: Numbers) -> Array:
        """The rates of steps, in the shape of ``step``."""
        steps = doubles("step", step)
        return self._native().rates(steps.reshape(-1)).reshape(steps.shape)

    def __repr__(self) -> str:
        numbers = repr(list(self.numbers)) if self.kind == "rates" else ", ".join(map(repr, self.numbers))
        warm_up = f", warm_up={self.warm_up!r}" if self.warm_up else ""
        return f"Schedule.{self.kind}({numbers}{warm_up})"

    def _native(self) -> native.Schedule:
        if self.kind == "rates":
            schedule = native.Schedule.list(np.array(self.numbers))
        else:
            schedule = getattr(native.Schedule, self.kind)(*self.numbers)
        return schedule.with_warm_up(self.warm_up) if self.warm_up else schedule


def _numbers(first: float, second: float, third: float) -> tuple[float, ...]:
    return number("learning rate", first), number("number of the schedule", second), number("steps", third)


#: A learning rate: a number, a schedule, or a rate for each step.
LearningRate: TypeAlias = float | Schedule | Sequence[float] | Array


def _schedule(rate: LearningRate) -> Schedule:
    if isinstance(rate, Schedule):
        return rate
    return Schedule.constant(rate) if np.ndim(rate) == 0 else Schedule.rates(rate)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Optimizer:
    """A method of training from zero weights: one of the classes below.

    Learning rates and times are in units of the inverse eigenvalue: the gradient is that of half the mean squared
    residual.
    """

    def __post_init__(self) -> None:
        self._native()

    def _native(self) -> native.Optimizer:
        return native.Optimizer.gradient_flow()


@dataclass(frozen=True)
class GradientFlow(Optimizer):
    """``dw/dt = -gradient``: training is counted in time."""


@dataclass(frozen=True)
class MomentumFlow(Optimizer):
    """``inertia d^2w/dt^2 + dw/dt = -gradient``, from rest.

    Parameters
    ----------
    inertia : float
        From 0 to 1e30, in units of time.
    """

    inertia: float

    def _native(self) -> native.Optimizer:
        return native.Optimizer.momentum_flow(self.inertia)


@dataclass(frozen=True)
class _InSteps(Optimizer):
    learning_rate: LearningRate

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", _schedule(self.learning_rate))
        super().__post_init__()

    def _rates(self) -> native.Schedule:
        return _schedule(self.learning_rate)._native()


@dataclass(frozen=True)
class GD(_InSteps):
    """Full-batch gradient descent: ``w <- w - learning_rate * gradient``.

    Parameters
    ----------
    learning_rate : float, Schedule or list
        What is stable depends on the model: see `stable_learning_rate`.
    """

    def _native(self) -> native.Optimizer:
        return native.Optimizer.gradient_descent(self._rates())


@dataclass(frozen=True)
class HeavyBall(_InSteps):
    """Gradient descent with a memory: each step adds ``momentum`` times the step before.

    Parameters
    ----------
    learning_rate : float, Schedule or list
    momentum : float
        From 0 to 0.999999.
    """

    momentum: float

    def _native(self) -> native.Optimizer:
        return native.Optimizer.heavy_ball(self._rates(), self.momentum)


@dataclass(frozen=True)
class Nesterov(_InSteps):
    """Nesterov's method: momentum, with the gradient taken where the memory alone would lead.

    Parameters
    ----------
    learning_rate : float, Schedule or list
    momentum : float, optional
        From 0 to 0.999999; without it, ``s/(s+3)`` at step ``s``.
    """

    momentum: float | None = None

    def _native(self) -> native.Optimizer:
        return native.Optimizer.nesterov(self._rates(), self.momentum)


@dataclass(frozen=True)
class SGD(_InSteps):
    """Stochastic gradient descent on batches drawn with replacement; fresh ones where samples are infinitely many.

    Parameters
    ----------
    learning_rate : float, Schedule or list
    batch : float
        Samples per step, from 1 on.
    gaussian : bool
        Whether gradients fluctuate as those of Gaussian features do (one pass only); otherwise they do in the
        mean-field approximation.
    """

    batch: float
    gaussian: bool = False

    def _native(self) -> native.Optimizer:
        return native.Optimizer.sgd(self._rates(), self.batch, self.gaussian)
