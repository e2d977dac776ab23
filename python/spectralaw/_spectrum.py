"""What is learned: eigenvalues of a kernel, and the target's power on its eigenfunctions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _data as data
from . import _spectralaw as native
from ._arrays import Array, Numbers, doubles, number, rows_of_points, stored
from ._kernel import Kernel, Target
from ._spectralaw import SpectralawError
from ._table import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Spectrum:
    """Eigenvalues ``lambda_k`` of a kernel and the target's power ``lambda_k w*_k^2`` on each mode.

    Features have ``<psi_k psi_l> = lambda_k delta_kl``, and nothing is divided by the number of modes: the sum of the
    target power and the floor is the target's mean square. Made by ``power_law``, ``from_modes``, ``from_gram``,
    ``from_features``, ``from_kernel`` and ``from_file``; compiled once, cheap to copy, and pickled as what it was made
    of.

    Examples
    --------
    >>> Spectrum.power_law(a=1.5, b=1.25).total_power  # zeta(3/2)
    2.612375348685...
    >>> Spectrum.from_modes([1.0, 0.5, 0.1], [0.3, 0.3, 0.2], floor=0.2)
    Spectrum.from_modes(<3 eigenvalues>, <3 powers>, floor=0.2)
    """

    def __init__(self, kind: str, given: tuple[Any, ...], is_measured: bool = False) -> None:
        self._kind = kind
        self._given = given
        self._is_measured = is_measured
        self._native: native.Spectrum = getattr(native.Spectrum, kind)(*given)

    @classmethod
    def power_law(
        cls,
        a: float,
        b: float,
        *,
        modes: float = np.inf,
        floor: float = 0.0,
        breaks: Sequence[tuple[float, float, float]] = (),
        spikes: Sequence[tuple[float, float]] = (),
    ) -> Spectrum:
        """The power law ``lambda_k = k^-b``, ``lambda_k w*_k^2 = k^-a``.

        Parameters
        ----------
        a, b : float
            Exponents from 0 to 100; above 1 for infinitely many modes.
        modes : float
            Number of modes: an integer from 1 to 1e15, or infinite.
        floor : float
            Target power outside the span of the modes, never learned; from 0 to 1e100.
        breaks : list of (mode, a, b)
            From that mode on the exponents are these; both laws stay continuous there.
        spikes : list of (eigenvalue, target power)
            Modes beside those of the law.

        Raises
        ------
        SpectralawError
            For exponents of an infinite law that are not above 1, and numbers outside their ranges.
        """
        numbers = [number(name, value) for name, value in (("a", a), ("b", b), ("modes", modes))]
        ends = tuple((float(mode), float(a), float(b)) for mode, a, b in breaks)
        extra = tuple((float(eigenvalue), float(power)) for eigenvalue, power in spikes)
        return cls("power_law", (*numbers, ends, extra, number("floor", floor)))

    @classmethod
    def from_modes(
        cls, eigenvalues: Numbers, target_power: Numbers, *, multiplicity: Numbers | None = None, floor: float = 0.0
    ) -> Spectrum:
        """A spectrum of single modes, in any order.

        Parameters
        ----------
        eigenvalues : array of shape (modes,)
            From 1e-70 to 1e70; power on eigenvalue 0 goes to the floor. Negative ones of at most 2.4e-4 of the largest
            are rounding errors, and modes up to twice their size are noise, whose power goes to the floor too.
        target_power : array of shape (modes,)
            ``lambda_k w*_k^2``: the mean square of the target's component on the mode.
        multiplicity : array of shape (modes,), optional
            How many modes each entry stands for, each with this eigenvalue and this power.
        floor : float
            Target power outside the span of the modes.

        Raises
        ------
        SpectralawError
            For lists that are empty or unequal, and entries outside their ranges.
        """
        lists = [
            doubles(name, x).reshape(-1) for name, x in (("eigenvalues", eigenvalues), ("target_power", target_power))
        ]
        many = None if multiplicity is None else doubles("multiplicity", multiplicity).reshape(-1)
        return cls("from_modes", (*lists, many, number("floor", floor)))

    @classmethod
    def from_gram(
        cls,
        gram: npt.ArrayLike,
        targets: npt.ArrayLike,
        *,
        centre: str = "none",
        held_out: bool = False,
        dtype: str | None = None,
    ) -> Spectrum:
        """The measured spectrum of a Gram matrix ``k(x_i, x_j)`` and of targets on the same points.

        Parameters
        ----------
        gram : array of shape (points, points)
            Its dtype tells with which precision it is known: modes at the noise level of float32 are no modes.
        targets : array of shape (points,) or (points, outputs)
        centre : {"none", "targets", "all"}
            Whose means are subtracted first: those of the targets, or of the kernel's features as well.
        held_out : bool
            Whether the target power is that on points that had no part in the eigenfunctions, which keeps noise on
            targets out of it.
        dtype : {"float16", "float32", "float64", "exact"}, optional
            In which precision the matrix was computed, if it was another one than that of its dtype.

        Raises
        ------
        SpectralawError
            For matrices that are not square, not symmetric or not positive up to rounding, and for targets of another
            length.
        """
        return cls._measured(True, gram, targets, centre, held_out, dtype)

    @classmethod
    def from_features(
        cls,
        features: npt.ArrayLike,
        targets: npt.ArrayLike,
        *,
        centre: str = "none",
        held_out: bool = False,
        dtype: str | None = None,
    ) -> Spectrum:
        """The measured spectrum of features, the kernel being the product of two rows, and of targets.

        Parameters
        ----------
        features : array of shape (points, features)
        targets : array of shape (points,) or (points, outputs)
        centre, held_out, dtype
            As for `from_gram`.

        Notes
        -----
        Data larger than memory: see `FeatureMoments`.
        """
        return cls._measured(False, features, targets, centre, held_out, dtype)

    @classmethod
    def _measured(
        cls,
        is_gram: bool,
        matrix: npt.ArrayLike,
        targets: npt.ArrayLike,
        centre: str,
        held_out: bool,
        dtype: str | None,
    ) -> Spectrum:
        name = "gram" if is_gram else "features"
        values, points, own = rows_of_points(name, matrix, targets)
        if held_out:
            power = data.held_out_power(matrix, targets, is_gram=is_gram, centre=centre, dtype=dtype)
            return cls.from_modes(power.eigenvalues, power.pooled, floor=power.floor)._of_data()
        dtype = stored(matrix) if dtype is None else dtype
        eigenvalues, target_power, floor, _ = native.measured(is_gram, values, points, own, centre, dtype)
        return cls.from_modes(eigenvalues, target_power, floor=floor)._of_data()

    def _of_data(self) -> Spectrum:
        """The same modes, known to have been measured."""
        self._is_measured = True
        return self

    @classmethod
    def from_kernel(
        cls,
        kernel: str | Kernel,
        *,
        target: str | Target,
        levels: int = 60,
        width: float = np.inf,
        **numbers: Any,
    ) -> Spectrum:
        """The exact spectrum of a kernel.

        Parameters
        ----------
        kernel : str or Kernel
            The name of a kernel, with its ``numbers`` (``dimension`` and others, see `Kernel`), or the kernel itself.
        target : str or Target
            What is learned: a `Target`, or its name as on the command line, such as ``"single-index:relu"``.
        levels : int
            Levels that are kept one by one; all others act like a ridge, and the target's power on them is in the
            floor.
        width : float
            The number of hidden units, for ``ntk`` with rectifiers and one hidden layer: the spectrum is then the one
            that networks of this width have on average, for models of infinite width.

        Examples
        --------
        >>> spectrum = Spectrum.from_kernel("ntk", depth=3, dimension=10, target="single-index:relu")
        >>> spectrum.floor < 1e-4
        True
        """
        if isinstance(kernel, str):
            kernel = Kernel(kernel, **numbers)
        elif numbers:
            raise SpectralawError(f"{', '.join(numbers)} belong to a kernel that is named: omit them")
        if width != np.inf:
            return kernel.at_width(target, number("width", width), levels).spectrum()
        columns, floor = kernel.truncation(target, levels)
        return cls.from_modes(
            columns["eigenvalue"], columns["target_power"], multiplicity=columns["multiplicity"], floor=floor
        )

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Spectrum:
        """The spectrum in a file, as ``--spectrum`` of the command line reads it: csv, npz or npy."""
        (eigenvalues, power, multiplicity), floor, _ = native.read_modes(os.fspath(path))
        spectrum = cls.from_modes(eigenvalues, power, multiplicity=multiplicity, floor=floor)
        # levels of kernels and spectra of networks have not been measured
        has_levels = multiplicity is not None and bool(np.any(multiplicity != 1.0))
        return spectrum if has_levels else spectrum._of_data()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the modes to an npz file that ``--spectrum`` and `from_file` read."""
        eigenvalues, power, multiplicity = self._modes("save")
        arrays: dict[str, Any] = {"eigenvalue": eigenvalues, "target_power": power, "floor": self._given[-1]}
        if multiplicity is not None:
            arrays["multiplicity"] = multiplicity
        np.savez(path, **arrays)

    def _modes(self, asked: str) -> tuple[Array, Array, Array | None]:
        if self._kind != "from_modes":
            raise SpectralawError(f"{asked}: a power law is no list of modes; make one by from_modes")
        eigenvalues, power, multiplicity, _ = self._given
        return eigenvalues, power, multiplicity

    @property
    def eigenvalues(self) -> Array:
        """The eigenvalues as they were given; not of a power law."""
        return self._modes("eigenvalues")[0].copy()

    @property
    def target_power(self) -> Array:
        """The target power as it was given; not of a power law."""
        return self._modes("target_power")[1].copy()

    @property
    def is_measured(self) -> bool:
        """Whether the modes are of data, or single ones of a file: a `MeasurementWarning` tells what is beyond them."""
        return self._is_measured

    @property
    def modes(self) -> float:
        """Number of modes of positive eigenvalue, counted with multiplicity; infinite for an infinite law."""
        return self._native.modes

    @property
    def floor(self) -> float:
        """Target power that is never learned."""
        return self._native.floor

    @property
    def trace(self) -> float:
        """The sum of all eigenvalues."""
        return self._native.trace

    @property
    def total_power(self) -> float:
        """The target's mean square: the sum of all target power and the floor."""
        return self._native.total_power

    @property
    def largest_eigenvalue(self) -> float:
        """The largest eigenvalue."""
        return self._native.largest_eigenvalue

    def effective_dimension(self, ridge: Numbers) -> Array:
        """``sum_k lambda_k/(lambda_k + ridge)``, the number of modes above a ridge, in the shape of ``ridge``."""
        ridges = doubles("ridge", ridge)
        return self._native.effective_dimension(ridges.reshape(-1)).reshape(ridges.shape)

    def numbered(self) -> Array:
        """All eigenvalues above the noise, descending, each as often as its multiplicity says."""
        eigenvalues, _, multiplicity = self._modes("numbers of modes")
        if multiplicity is not None:
            if np.any(multiplicity % 1) or multiplicity.sum() > 1e7:
                raise SpectralawError("these modes, or parts of them, have no numbers: give eigenvalues")
            eigenvalues = np.repeat(eigenvalues, multiplicity.astype(np.int64))
        return np.sort(eigenvalues[eigenvalues > self._native.noise_level])[::-1].copy()

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws eigenvalues and target power over the number of the mode, the first 1,000 of a power law."""
        if self._kind == "power_law":
            a, b, modes, breaks, spikes, _ = self._given
            if breaks or spikes:
                raise SpectralawError("only pure power laws are drawn: make a list of modes")
            count = np.arange(1, min(modes, 1000) + 1)
            eigenvalues, power = count**-b, count**-a
        else:
            eigenvalues, power, multiplicity = self._modes("plot")
            order = np.argsort(-eigenvalues, kind="stable")
            eigenvalues, power = eigenvalues[order], power[order]
            count = np.arange(1, len(order) + 1) if multiplicity is None else np.cumsum(multiplicity[order])
        ax = new_axes() if ax is None else ax
        for name, values in (("eigenvalue", eigenvalues), ("target power", power)):
            ax.plot(count[values > 0], values[values > 0], **({"label": name} | style))
        ax.set(xscale="log", yscale="log", xlabel="mode k", ylabel="eigenvalue, target power")
        ax.legend()
        return ax

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spectrum):
            return NotImplemented
        pairs = zip(self._given, other._given, strict=False)
        return self._kind == other._kind and all(
            np.array_equal(one, two) if isinstance(one, np.ndarray) and two is not None else one is two or one == two
            for one, two in pairs
        )

    def __hash__(self) -> int:
        return hash((self._kind, self.modes, self.trace, self.total_power))

    def __reduce__(self) -> tuple[Any, ...]:
        return Spectrum, (self._kind, self._given, self._is_measured)

    def __repr__(self) -> str:
        floor = self._given[-1]
        beyond = f", floor={floor!r}" if floor else ""
        if self._kind == "power_law":
            a, b, modes, breaks, spikes, _ = self._given
            options = (("modes", modes, modes != np.inf), ("breaks", breaks, breaks), ("spikes", spikes, spikes))
            told = "".join(f", {name}={value!r}" for name, value, given in options if given)
            return f"Spectrum.power_law(a={a!r}, b={b!r}{told}{beyond})"
        eigenvalues, power, multiplicity = self._modes("repr")
        many = "" if multiplicity is None else ", multiplicity=<...>"
        return f"Spectrum.from_modes(<{len(eigenvalues)} eigenvalues>, <{len(power)} powers>{many}{beyond})"
