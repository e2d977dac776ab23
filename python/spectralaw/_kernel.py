"""Kernels whose spectra are known exactly, and what is learned with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import _spectralaw as native
from ._arrays import Array, doubles
from ._spectralaw import SpectralawError

if TYPE_CHECKING:
    from ._spectrum import Spectrum

#: The numbers that each kernel has besides its dimension.
_NUMBERS: dict[str, tuple[str, ...]] = {
    "nngp": ("activation", "depth", "weight_variance", "bias_variance"),
    "ntk": ("activation", "depth", "weight_variance", "bias_variance"),
    "laplace": ("scale",),
    "gaussian": ("scale",),
    "exponential": ("scale",),
    "polynomial": ("degree", "offset"),
    "gaussian-measure": ("scale", "deviation"),
    "torus-gaussian": ("scale",),
    "torus-matern": ("smoothness", "scale"),
}


@dataclass(frozen=True)
class Kernel:
    """A kernel and the measure of its inputs.

    Parameters
    ----------
    name : str
        ``nngp`` and ``ntk`` (covariance and tangent kernel of infinitely wide networks), ``laplace``, ``gaussian``,
        ``exponential`` and ``polynomial`` on the unit sphere; ``gaussian-measure`` for Gaussian inputs;
        ``torus-gaussian`` and ``torus-matern``.
    dimension : int
        Of the inputs; a sphere itself has one less.
    activation : {"relu", "erf"}
        Of networks.
    depth : int
        Hidden layers of networks, from 1 to 20.
    weight_variance, bias_variance : float
        Of networks; weights relative to those of He initialization.
    scale : float
        Length over which the kernel falls.
    degree, offset : int, float
        Of polynomials.
    deviation : float
        Standard deviation of Gaussian inputs.
    smoothness : float
        Of Matern kernels.

    Examples
    --------
    >>> Kernel("laplace", dimension=3, scale=0.5).eigenvalue_exponent
    1.5
    """

    name: str
    dimension: int
    activation: str | None = None
    depth: int | None = None
    weight_variance: float | None = None
    bias_variance: float | None = None
    scale: float | None = None
    degree: int | None = None
    offset: float | None = None
    deviation: float | None = None
    smoothness: float | None = None

    def __post_init__(self) -> None:
        self._native()

    def _native(self) -> native.Kernel:
        own = _NUMBERS.get(self.name)
        every = {number for numbers in _NUMBERS.values() for number in numbers}
        foreign = [
            number for number in sorted(every) if getattr(self, number) is not None and number not in (own or every)
        ]
        if foreign:
            raise SpectralawError(f"{', '.join(foreign)} belong to other kernels: omit them with {self.name}")
        d, scale = self.dimension, _unless(self.scale, 1.0)
        match self.name:
            case "nngp" | "ntk":
                variances = (_unless(self.weight_variance, 1.0), _unless(self.bias_variance, 0.0))
                activation, depth = self.activation or "relu", 1 if self.depth is None else self.depth
                return native.Kernel.network(self.name == "ntk", activation, depth, variances, d)
            case "polynomial":
                if self.degree is None:
                    raise SpectralawError("a polynomial of which degree? give degree, as in degree=3")
                return native.Kernel.polynomial(self.degree, _unless(self.offset, 0.0), d)
            case "gaussian-measure":
                return native.Kernel.gaussian_measure(scale, _unless(self.deviation, 1.0), d)
            case "torus-matern":
                if self.smoothness is None:
                    raise SpectralawError("a Matern kernel of which smoothness? give smoothness, as in smoothness=1.5")
                return native.Kernel.torus_matern(self.smoothness, scale, d)
            case name:
                return native.Kernel.scaled(name, scale, d)

    @property
    def trace(self) -> float:
        """The kernel of an input with itself: the sum of all eigenvalues."""
        return self._native().trace

    @property
    def eigenvalue_exponent(self) -> float | None:
        """The exponent ``b`` of ``lambda_k ~ k^-b``; none if eigenvalues fall faster than every power."""
        return self._native().eigenvalue_exponent

    def gram(self, points: npt.ArrayLike) -> Array:
        """The Gram matrix of points, of shape (points, points); points on a sphere are divided by their norms."""
        array = doubles("points", points)
        if array.ndim != 2 or array.shape[1] != self.dimension:
            raise SpectralawError(f"points have shape {array.shape}: give (points, {self.dimension})")
        return self._native().gram(array.reshape(-1)).reshape(len(array), len(array))

    def truncation(self, target: str | Target, levels: int = 60) -> tuple[dict[str, Array], float]:
        """The first levels with a target's power on each of their modes, and the power on none of them.

        Returns
        -------
        columns : dict
            ``degree``, ``multiplicity``, ``eigenvalue``, ``target_power`` (of each mode) and ``error`` (relative, of
            the eigenvalue); the last row stands for all further levels.
        floor : float
        """
        target = Target.parse(target) if isinstance(target, str) else target
        return self._native().truncation(target._native(self), levels)

    def at_width(self, target: str | Target, width: float, levels: int = 60) -> NetworkSpectrum:
        """The spectrum that networks with ``width`` hidden units have on average, on all inputs of the sphere.

        For ``ntk`` with rectifiers, one hidden layer and no biases; all layers are trained, in the lazy regime.

        Examples
        --------
        >>> found = Kernel("ntk", dimension=20).at_width("white:3", 32)
        >>> found.spectrum().trace
        2.0...
        """
        target = Target.parse(target) if isinstance(target, str) else target
        return NetworkSpectrum._of(self._native().at_width(target._native(self), levels, float(width)))

    def network_spectra(
        self,
        points: npt.ArrayLike,
        targets: npt.ArrayLike,
        widths: npt.ArrayLike,
        *,
        centre: str = "none",
        neurons: int = 128,
        seed: int = 1,
    ) -> list[NetworkSpectrum]:
        """The spectra that networks of some widths have on average on points, a list of one for each width.

        Parameters
        ----------
        points : array of shape (points, dimension)
            Divided by their norms.
        targets : array of shape (points,) or (points, outputs)
        widths : float or list of floats
            Numbers of hidden units, from 1 to 1e9.
        centre : {"none", "targets", "all"}
            Whose means are subtracted first.
        neurons, seed : int
            The sample of neurons from which all widths are known.
        """
        array, own = self._data(points, targets)
        all_widths = doubles("widths", widths).reshape(-1)
        found = self._native().network_spectra(array, own, centre, all_widths, int(neurons), int(seed))
        return [NetworkSpectrum._of(each) for each in found]

    def networks(self, target: str | Target, levels: int = 60) -> Networks:
        """Networks of any width, on all inputs of the sphere; kernels are those of `at_width`.

        Examples
        --------
        >>> networks = Kernel("ntk", dimension=20).networks("white:3")
        >>> networks.at_width(32).width
        32.0
        """
        target = Target.parse(target) if isinstance(target, str) else target
        return Networks(self._native().networks(target._native(self), levels))

    def networks_on(
        self,
        points: npt.ArrayLike,
        targets: npt.ArrayLike,
        *,
        centre: str = "none",
        neurons: int = 128,
        seed: int = 1,
    ) -> Networks:
        """Networks of any width, on points; parameters are those of `network_spectra`."""
        array, own = self._data(points, targets)
        return Networks(self._native().networks_on(array, own, centre, int(neurons), int(seed)))

    def _data(self, points: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[Array, Array]:
        array = doubles("points", points)
        if array.ndim != 2 or array.shape[1] != self.dimension:
            raise SpectralawError(f"points have shape {array.shape}: give (points, {self.dimension})")
        own = doubles("targets", targets)
        if own.ndim == 0 or len(own) != len(array):
            raise SpectralawError(f"targets have shape {own.shape} for {len(array)} points: give a row for each point")
        return array.reshape(-1), own.reshape(-1)


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of any width that learn one task: by `Kernel.networks` or `Kernel.networks_on`, for `tune_width`."""

    _native: native.Networks

    def at_width(self, width: float) -> NetworkSpectrum:
        """The spectrum that networks with ``width`` hidden units, from 1 to 1e9, have on average."""
        return NetworkSpectrum._of(self._native.at_width(float(width)))

    def ensemble(
        self,
        width: float,
        *,
        time: npt.ArrayLike,
        members: npt.ArrayLike = np.inf,
        samples: float = np.inf,
        noise: float = 0.0,
    ) -> Array:
        """The test loss of the mean of ``members`` networks that are trained on the same samples, at times.

        Of gradient flow, on spheres, good to some 1e-4. ``members`` are 1 or more, up to infinity; the answer has the
        shape of ``members`` followed by that of ``time``.

        Examples
        --------
        >>> networks = Kernel("ntk", dimension=20).networks("white:3")
        >>> one, four = networks.ensemble(32, time=300, members=[1, 4], samples=400)
        >>> bool(four < one)
        True
        """
        times, count = doubles("time", time), doubles("members", members)
        if not (count >= 1).all():
            raise SpectralawError("members must be 1 or more: a mean is of networks")
        flat = np.ascontiguousarray(times.reshape(-1))
        found = np.array(self._native.ensemble(float(width), float(samples), float(noise), flat)).reshape(-1, 2)
        one, every = found[:, 0].reshape(times.shape), found[:, 1].reshape(times.shape)
        share = (1.0 / count).reshape(count.shape + (1,) * times.ndim)
        return np.asarray(every + share * (one - every))


@dataclass(frozen=True, eq=False)
class NetworkSpectrum:
    """The spectrum that networks of a finite width have on average.

    Attributes
    ----------
    width : float
        Number of hidden units.
    eigenvalues, multiplicity, target_power : array of shape (modes,)
        Multiplicities are no integers; the power is that on each mode.
    floor : float
        The target's power outside the span of the network.
    smallest_argument : float
        The spectrum is resolved at ridges and inverse times from here on.
    error : float
        Largest relative error of the one-point functions that these modes have.
    sampling_error : float
        Their largest relative standard error from the sample of neurons; 0 on the sphere.
    """

    width: float
    eigenvalues: Array
    multiplicity: Array
    target_power: Array
    floor: float
    smallest_argument: float
    error: float
    sampling_error: float

    @classmethod
    def _of(cls, found: tuple[dict[str, Array], tuple[float, float, float, float, float]]) -> NetworkSpectrum:
        modes, (width, *numbers) = found
        return cls(width, modes["eigenvalue"], modes["multiplicity"], modes["target_power"], *numbers)

    def spectrum(self) -> Spectrum:
        """The spectrum to learn from, by models of infinite width."""
        from ._spectrum import Spectrum

        return Spectrum.from_modes(
            self.eigenvalues, self.target_power, multiplicity=self.multiplicity, floor=self.floor
        )


def _unless(given: float | None, usual: float) -> float:
    return usual if given is None else given


@dataclass(frozen=True)
class Target:
    """A function that is learned, given by its power on the levels of a kernel.

    Made by ``harmonics``, ``white``, ``single_index``, ``teacher``, or by ``parse`` from its name on the command line.
    """

    kind: str
    number: float = 0.0
    kernel: Kernel | None = None

    @classmethod
    def harmonics(cls, exponent: float) -> Target:
        """Power ``k^-exponent`` on all eigenfunctions of degree ``k`` together; mean square 1."""
        return cls("harmonics", float(exponent))

    @classmethod
    def white(cls, levels: int) -> Target:
        """Equal power on each eigenfunction of the first levels; mean square 1."""
        return cls("white", int(levels))

    @classmethod
    def single_index(cls, link: str, degree: int = 0) -> Target:
        """A function of one direction: ``relu``, ``sign``, or ``hermite`` of a degree."""
        return cls(link, int(degree))

    @classmethod
    def teacher(cls, kernel: Kernel | None = None) -> Target:
        """A function drawn from a Gaussian process; its covariance is the kernel that learns, or another one."""
        return cls("teacher", 0.0, kernel)

    @classmethod
    def parse(cls, text: str) -> Target:
        """A target by its name, such as ``single-index:relu``, ``harmonics:2.5``, ``white:3`` or ``teacher``."""
        try:
            match text.split(":"):
                case ["teacher"]:
                    return cls.teacher()
                case ["single-index", "hermite", degree]:
                    return cls.single_index("hermite", int(degree))
                case ["single-index", link]:
                    return cls.single_index(link)
                case ["harmonics", exponent]:
                    return cls.harmonics(float(exponent))
                case ["white", levels]:
                    return cls.white(int(levels))
        except ValueError:
            pass
        raise SpectralawError(
            f"`{text}` is no target: give single-index:relu, single-index:sign, single-index:hermite:DEGREE, "
            "harmonics:EXPONENT, white:LEVELS or teacher, or a Target, as Target.teacher(kernel)"
        )

    def _native(self, student: Kernel) -> native.Target:
        match self.kind:
            case "harmonics":
                return native.Target.harmonics(self.number)
            case "white":
                return native.Target.white(int(np.clip(self.number, 0, 2**53)))
            case "teacher":
                return native.Target.teacher((self.kernel or student)._native())
            case link:
                return native.Target.single_index(link, int(np.clip(self.number, 0, 2**32 - 1)))
