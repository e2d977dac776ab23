"""Spectra of data that do not fit into memory."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arrays import Array, doubles
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum

#: Numbers of a block that are turned into doubles at a time, 64 MB.
_AT_ONCE = 1 << 23


def _forget(array: npt.NDArray[Any]) -> None:
    """Gives back the memory of a file that is mapped for reading: what was read would stay until others need it."""
    mapped: Any = getattr(array, "_mmap", None)
    if getattr(array, "mode", None) == "r" and hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)


class FeatureMoments:
    """Second moments of features and targets: all that a spectrum needs of any number of rows.

    Blocks may be added in any order, on any machine, and moments merged: sums of the same numbers, they agree up to
    rounding, to a relative 1e-16 times the root of the number of rows (of the largest eigenvalue, and of the mean
    square). Memory is that of two matrices of ``dimension^2`` doubles: 3.2 GB for 20,000 features each.

    Parameters
    ----------
    dimension : int
        Number of features.
    outputs : int
        Number of outputs of the target.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features, targets = rng.normal(size=(1000, 5)), rng.normal(size=1000)
    >>> one, two = FeatureMoments(5), FeatureMoments(5)
    >>> spectrum = one.update(features[:300], targets[:300]).merge(two.update(features[300:], targets[300:])).spectrum()
    >>> whole = Spectrum.from_features(features, targets)
    >>> bool(np.allclose(spectrum.eigenvalues, whole.eigenvalues, rtol=1e-12))
    True
    """

    def __init__(self, dimension: int, outputs: int = 1) -> None:
        if dimension < 1 or outputs < 1:
            raise SpectralawError(f"{dimension} features and {outputs} outputs: give at least one of each")
        self.dimension = dimension
        self.outputs = outputs
        self.rows = 0
        self._features = np.zeros((dimension, dimension))
        self._products = np.zeros((dimension, outputs))
        self._squares = 0.0

    def update(self, block: npt.ArrayLike, targets: npt.ArrayLike) -> FeatureMoments:
        """Adds rows; moments whose update was interrupted are those of no rows in particular.

        Parameters
        ----------
        block : array of shape (rows, dimension)
            Memory-mapped arrays are read piece by piece.
        targets : array of shape (rows,) or (rows, outputs)

        Returns
        -------
        FeatureMoments
            Itself.
        """
        array, own = np.asanyarray(block), np.asanyarray(targets)
        own = own[:, np.newaxis] if own.ndim == 1 else own
        if array.ndim != 2 or array.shape[1] != self.dimension:
            raise SpectralawError(f"the block has shape {array.shape}: give (rows, {self.dimension})")
        if own.shape != (len(array), self.outputs):
            raise SpectralawError(
                f"targets have shape {own.shape}: give ({len(array)}, {self.outputs}), a row for each row"
            )
        step = max(1, _AT_ONCE // self.dimension)
        with reporting() as progress:
            for start in range(0, len(array), step):
                rows = slice(start, start + step)
                self._add(doubles("the block", array[rows]), doubles("targets", own[rows]))
                _forget(array)
                progress(min(start + step, len(array)) / len(array))
        return self

    def _add(self, features: Array, targets: Array) -> None:
        if not (np.isfinite(features).all() and np.isfinite(targets).all()):
            raise SpectralawError("the block or its targets have numbers that are not finite: leave out such rows")
        self._features += features.T @ features
        self._products += features.T @ targets
        self._squares += float(np.square(targets).sum())
        self.rows += len(features)

    def merge(self, other: FeatureMoments) -> FeatureMoments:
        """The moments of the rows of both."""
        if (self.dimension, self.outputs) != (other.dimension, other.outputs):
            raise SpectralawError(
                f"moments of {self.dimension} features and {self.outputs} outputs do not merge with those of "
                f"{other.dimension} and {other.outputs}: give the same features"
            )
        both = FeatureMoments(self.dimension, self.outputs)
        both.rows = self.rows + other.rows
        both._features = self._features + other._features
        both._products = self._products + other._products
        both._squares = self._squares + other._squares
        return both

    def spectrum(self) -> Spectrum:
        """The measured spectrum of all rows: that of `Spectrum.from_features` (equation (Gram) of the theory).

        Eigenvalues up to the rounding of the largest one are no modes; their power is in the floor.
        """
        if self.rows == 0:
            raise SpectralawError("no rows were added: give blocks to update")
        eigenvalues, vectors = np.linalg.eigh(self._features / self.rows)
        eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
        # those of a sum of as many products as there are rows
        noise = np.finfo(float).eps * eigenvalues[0] * max(self.dimension, np.sqrt(self.rows))
        kept = (eigenvalues > noise) & (np.arange(self.dimension) < self.rows)
        if not kept.any():
            raise SpectralawError("all features are 0: there are no modes")
        eigenvalues = eigenvalues[kept]
        power = np.square(vectors[:, kept].T @ self._products / self.rows).sum(axis=1) / eigenvalues
        floor = max(self._squares / self.rows - float(power.sum()), 0.0)
        return Spectrum.from_modes(eigenvalues, power, floor=floor)._of_data()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeatureMoments):
            return NotImplemented
        return (
            (self.rows, self._squares) == (other.rows, other._squares)
            and np.array_equal(self._features, other._features)
            and np.array_equal(self._products, other._products)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<FeatureMoments of {self.rows} rows, {self.dimension} features, {self.outputs} outputs>"
