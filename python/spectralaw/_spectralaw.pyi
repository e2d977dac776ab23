import os
from collections.abc import Callable, Sequence
from typing import TypeAlias, final

import numpy as np
import numpy.typing as npt

_Array: TypeAlias = npt.NDArray[np.float64]
_Columns: TypeAlias = dict[str, _Array]
#: Modes, and width, floor, smallest argument and both errors.
_Network: TypeAlias = tuple[_Columns, tuple[float, float, float, float, float]]
_Progress: TypeAlias = Callable[[float], object] | None
_Written: TypeAlias = tuple[str | None, str, str]
_Form: TypeAlias = tuple[str, str, str, str]
_Term: TypeAlias = tuple[str, list[tuple[str, _Written]], float | None, tuple[str, float] | None, str]
_Best: TypeAlias = tuple[_Written, list[tuple[str, _Written, str, str]], list[str], bool, bool, list[str], list[str]]
_Grown: TypeAlias = tuple[str, str, str, tuple[str, str] | None]
_Phase: TypeAlias = tuple[list[str], list[_Grown], str, str, bool]
_Amounts: TypeAlias = tuple[_Array | None, _Array | None, _Array | None, _Array | None]
_Options: TypeAlias = tuple[float, float | None, float, int | None, int]
#: The smallest and the largest size, the most data, and whether both are whole numbers.
_Bounds: TypeAlias = tuple[float | None, float | None, float | None, bool]
#: Constants, standard errors, profile intervals, objective, residuals, influences, refits, failed refits and widening.
_Found: TypeAlias = tuple[
    list[float], list[float], list[list[float]], float, list[float], list[float], npt.NDArray[np.float64], int, float
]
#: Whether it is identified; what is not, reasons and warnings; runs held out; floors, changes; extrapolation.
_Judged: TypeAlias = tuple[
    bool,
    list[list[str]],
    _Columns,
    list[tuple[float, float, float, list[float]]],
    list[tuple[str, float, list[float]]],
    float,
]

__all__ = [
    "Fit",
    "Kernel",
    "Networks",
    "Optimizer",
    "Schedule",
    "SpectralawError",
    "Spectrum",
    "Target",
    "__version__",
    "beyond",
    "command_line",
    "costs",
    "crossover",
    "dimension",
    "eigenvalues",
    "exponent",
    "exponent_plane",
    "exponents",
    "fit",
    "frontier",
    "gradient",
    "held_out",
    "loss",
    "loss_exponents",
    "measured",
    "modes",
    "onset",
    "paid",
    "parabola",
    "participation_ratio",
    "power_law",
    "read_modes",
    "regimes",
    "seeds",
    "stable_learning_rate",
    "sufficient_networks",
    "surface",
    "test_loss",
    "tune",
]

__version__: str

class SpectralawError(ValueError): ...

@final
class Spectrum:
    @staticmethod
    def power_law(
        a: float,
        b: float,
        modes: float,
        breaks: Sequence[tuple[float, float, float]],
        spikes: Sequence[tuple[float, float]],
        floor: float,
    ) -> Spectrum: ...
    @staticmethod
    def from_modes(
        eigenvalues: _Array, target_power: _Array, multiplicity: _Array | None, floor: float
    ) -> Spectrum: ...
    @property
    def modes(self) -> float: ...
    @property
    def largest_eigenvalue(self) -> float: ...
    @property
    def trace(self) -> float: ...
    @property
    def total_power(self) -> float: ...
    @property
    def floor(self) -> float: ...
    @property
    def compression_error(self) -> float: ...
    @property
    def noise_level(self) -> float: ...
    def effective_dimension(self, ridges: _Array) -> _Array: ...

@final
class Schedule:
    @staticmethod
    def constant(learning_rate: float) -> Schedule: ...
    @staticmethod
    def linear(first: float, last: float, steps: float) -> Schedule: ...
    @staticmethod
    def cosine(first: float, last: float, steps: float) -> Schedule: ...
    @staticmethod
    def step(first: float, factor: float, every: float) -> Schedule: ...
    @staticmethod
    def power_law(first: float, exponent: float, steps: float) -> Schedule: ...
    @staticmethod
    def list(rates: _Array) -> Schedule: ...
    def with_warm_up(self, steps: float) -> Schedule: ...
    def rates(self, steps: _Array) -> _Array: ...

@final
class Optimizer:
    @staticmethod
    def gradient_flow() -> Optimizer: ...
    @staticmethod
    def momentum_flow(inertia: float) -> Optimizer: ...
    @staticmethod
    def gradient_descent(learning_rate: Schedule) -> Optimizer: ...
    @staticmethod
    def heavy_ball(learning_rate: Schedule, momentum: float) -> Optimizer: ...
    @staticmethod
    def nesterov(learning_rate: Schedule, momentum: float | None) -> Optimizer: ...
    @staticmethod
    def sgd(learning_rate: Schedule, batch: float, gaussian: bool) -> Optimizer: ...
    @property
    def along(self) -> str: ...

@final
class Kernel:
    @staticmethod
    def network(
        tangent: bool, activation: str, depth: int, variances: tuple[float, float], dimension: int
    ) -> Kernel: ...
    @staticmethod
    def scaled(name: str, scale: float, dimension: int) -> Kernel: ...
    @staticmethod
    def polynomial(degree: int, offset: float, dimension: int) -> Kernel: ...
    @staticmethod
    def gaussian_measure(scale: float, deviation: float, dimension: int) -> Kernel: ...
    @staticmethod
    def torus_matern(smoothness: float, scale: float, dimension: int) -> Kernel: ...
    @property
    def trace(self) -> float: ...
    @property
    def eigenvalue_exponent(self) -> float | None: ...
    def gram(self, points: _Array) -> _Array: ...
    def truncation(self, target: Target, levels: int) -> tuple[_Columns, float]: ...
    def at_width(self, target: Target, levels: int, width: float) -> _Network: ...
    def network_spectra(
        self, points: _Array, targets: _Array, centre: str, widths: _Array, neurons: int, seed: int
    ) -> list[_Network]: ...
    def networks(self, target: Target, levels: int) -> Networks: ...
    def networks_on(self, points: _Array, targets: _Array, centre: str, neurons: int, seed: int) -> Networks: ...

@final
class Networks:
    def at_width(self, width: float) -> _Network: ...
    def ensemble(self, width: float, samples: float, noise: float, times: _Array) -> list[tuple[float, float]]: ...

@final
class Target:
    @staticmethod
    def harmonics(exponent: float) -> Target: ...
    @staticmethod
    def white(levels: int) -> Target: ...
    @staticmethod
    def teacher(kernel: Kernel) -> Target: ...
    @staticmethod
    def single_index(link: str, degree: int) -> Target: ...

@final
class Fit:
    @staticmethod
    def stored(
        law: str,
        amounts: _Amounts,
        losses: _Array,
        groups: Sequence[int] | None,
        options: _Options,
        found: _Found,
        reasons: Sequence[str],
    ) -> Fit: ...
    @property
    def law(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def has_optimum(self) -> bool: ...
    @property
    def is_grouped(self) -> bool: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def reasons(self) -> list[str]: ...
    @property
    def intervals(self) -> list[list[float]]: ...
    def found(self) -> _Found: ...
    def runs(self) -> _Columns: ...
    def predict(self, amounts: _Amounts, price: str, progress: _Progress) -> _Columns: ...
    def optimum(self, budgets: _Array, price: str, bounds: _Bounds, progress: _Progress) -> _Columns: ...
    def budget_for(self, targets: _Array, price: str, bounds: _Bounds, progress: _Progress) -> _Columns: ...
    def held_out(self, which: str) -> _Columns: ...
    def verdict(self, amounts: _Amounts, budget: float | None, price: str, bounds: _Bounds) -> _Judged: ...

def command_line(arguments: Sequence[str | os.PathLike[str]]) -> int: ...
def read_modes(path: str) -> tuple[tuple[_Array, _Array, _Array | None], float, list[str]]: ...
def loss(
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    along: str,
    at: _Array,
    optimizer: Optimizer | None,
    weight_decay: float | None,
    even_if_unstable: bool,
    ensemble: float,
    bag: float,
    excess: str | None,
    spread: bool,
    progress: _Progress,
) -> _Columns: ...
def surface(
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    at: _Array,
    optimizer: Optimizer,
    progress: _Progress,
) -> tuple[_Array, _Array]: ...
def test_loss(
    spectrum: Spectrum,
    width: _Array,
    samples: _Array,
    noise: _Array,
    along: str,
    at: _Array,
    optimizer: Optimizer | None,
    progress: _Progress,
) -> tuple[_Array, _Array]: ...
def gradient(
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    along: str,
    at: _Array,
    optimizer: Optimizer | None,
    ensemble: float,
    bag: float,
    progress: _Progress,
) -> _Columns: ...
def stable_learning_rate(spectrum: Spectrum, width: float, samples: float, optimizer: Optimizer) -> float: ...
def regimes(
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    along: str,
    at: _Array,
    optimizer: Optimizer,
    progress: _Progress,
) -> _Columns: ...
def crossover(spectrum: Spectrum, of: str, amounts: _Array, to: str, progress: _Progress) -> _Columns: ...
def frontier(
    spectrum: Spectrum,
    noise: float,
    optimizer: Optimizer,
    cost: str,
    bounds: Sequence[tuple[str, float | None, float | None]],
    in_integers: bool,
    question: tuple[bool, _Array],
    profile: str | None,
    progress: _Progress,
) -> _Columns: ...
def paid(cost: str) -> list[str]: ...
def costs(cost: str, names: Sequence[str], amounts: Sequence[_Array]) -> _Array: ...
def seeds(
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    optimizer: Optimizer | None,
    at: tuple[float, float],
    confidence: float,
    progress: _Progress,
) -> _Columns: ...
def tune(
    question: str,
    spectrum: Spectrum,
    noise: float,
    width: _Array,
    samples: _Array,
    optimizer: Optimizer,
    at: float | None,
    tolerance: float,
    progress: _Progress,
) -> _Columns: ...
def sufficient_networks(
    networks: Networks,
    noise: float,
    samples: _Array,
    optimizer: Optimizer,
    at: float | None,
    tolerance: float,
    progress: _Progress,
) -> _Columns: ...
def modes(
    spectrum: Spectrum,
    width: _Array,
    samples: _Array,
    along: str,
    at: _Array,
    numbers: _Array | None,
    eigenvalues: _Array | None,
    progress: _Progress,
) -> _Columns: ...
def exponents(
    a: float, b: float, training: str, cost: str, with_noise: bool
) -> tuple[list[_Term], list[_Term], _Best]: ...
def onset(a: float, b: float, training: str, name: str, tolerance: float) -> float | None: ...
def exponent_plane(
    training: str, cost: str, with_noise: bool
) -> tuple[list[_Form], list[_Form], list[_Phase], str]: ...
def loss_exponents(power: tuple[float, float], eigenvalue: tuple[float, float]) -> list[tuple[float, float]] | None: ...
def beyond(
    spectrum: Spectrum, width: _Array, samples: _Array, along: str, at: _Array, optimizer: Optimizer | None
) -> tuple[bool, list[tuple[str, float]]] | None: ...
def measured(
    is_gram: bool, matrix: _Array, points: int, targets: _Array, centre: str, stored: str
) -> tuple[_Array, _Array, float, int]: ...
def held_out(
    is_gram: bool, matrix: _Array, points: int, targets: _Array, centre: str, stored: str
) -> tuple[_Array, _Array, _Array, _Array, float]: ...
def eigenvalues(is_gram: bool, matrix: _Array, points: int, centre: str, stored: str) -> _Array: ...
def exponent(
    eigenvalues: _Array, target_power: _Array | None
) -> tuple[float, float, tuple[int, int], tuple[float, float], _Columns]: ...
def dimension(points: _Array, coordinates: int, stored: str) -> tuple[float, float, list[tuple[float, int]], int]: ...
def participation_ratio(eigenvalues: _Array) -> float: ...
def power_law(x: _Array, y: _Array) -> tuple[float, float, float, float]: ...
def parabola(sizes: _Array, values: _Array, window: float) -> tuple[float, float, float, float, int, bool]: ...
def fit(
    amounts: _Amounts,
    losses: _Array,
    groups: Sequence[int] | None,
    in_steps: bool,
    price: str,
    law: str | None,
    hold_out: str | None,
    options: _Options,
    progress: _Progress,
) -> tuple[Fit, tuple[_Columns, list[tuple[str, str]]] | None]: ...
