"""Which modes are learned when."""

from __future__ import annotations

import numpy as np

from . import _spectralaw as native
from ._arrays import Array, Numbers, axis
from ._progress import reporting
from ._spectralaw import SpectralawError
from ._spectrum import Spectrum
from ._table import Table, Values, shaped


class ModeTable(Table):
    """Modes at every width with every number of samples at every time, rate or ridge."""

    eigenvalue = Values("The eigenvalue of the mode.")
    residual = Values("In time: what is left of the mode, from 1 before training to 0 once it is learned.")
    density = Values("Along rates: the density of the rates at which the mode decays.")
    learnability = Values("Along ridges: the share of the mode that is learned.")


def modes(
    spectrum: Spectrum,
    *,
    mode: Numbers | None = None,
    eigenvalue: Numbers | None = None,
    time: Numbers | None = None,
    rate: Numbers | None = None,
    ridge: Numbers | None = None,
    width: Numbers = np.inf,
    samples: Numbers = np.inf,
) -> ModeTable:
    """What is left of modes in time, the rates at which they decay, or how much of them is learned with a ridge.

    Parameters
    ----------
    spectrum : Spectrum
    mode : number or list, optional
        Numbers ``k = 1, 2, ...`` of modes, the largest eigenvalue being that of the first.
    eigenvalue : number or list, optional
        Eigenvalues instead of numbers, whether the spectrum has them or not. Without either, all modes of a list.
    time, rate, ridge : number or list
        One of the three: times of gradient flow, rates of decay, or ridges.
    width, samples : number or list
        Sizes from 1 on, or infinite.

    Returns
    -------
    ModeTable
        Of shape (mode, width, samples, time), without the axes of arguments that are single numbers.

    Examples
    --------
    >>> spectrum = Spectrum.power_law(a=1.5, b=1.25)
    >>> left = modes(spectrum, mode=[1, 10], time=[0, 10], samples=100)
    >>> left.residual.shape, left.residual[:, 0]
    ((2, 2), array([1., 1.]))
    """
    given = [(name, x) for name, x in (("time", time), ("rate", rate), ("ridge", ridge)) if x is not None]
    if len(given) != 1:
        raise SpectralawError("when? give one of time, rate (for the density of rates) and ridge (for learnability)")
    if mode is not None and eigenvalue is not None:
        raise SpectralawError("mode and eigenvalue exclude each other: give one of them")
    along, values = given[0]
    (at, at_axis), (n, n_axis), (p, p_axis) = axis(along, values), axis("width", width), axis("samples", samples)
    numbers, own, is_axis = _chosen(spectrum, mode, eigenvalue)
    with reporting() as progress:
        columns = native.modes(spectrum._native, n, p, along, at, numbers, own, progress)
    which = "eigenvalue" if numbers is None else "mode"
    every = numbers if own is None else own
    assert every is not None
    axes = ((which, every, is_axis), ("width", n, n_axis), ("samples", p, p_axis), (along, at, at_axis))
    table = ModeTable(columns, *shaped(axes))
    table._drawn = (along, tuple(columns)[-1])
    return table


def _chosen(
    spectrum: Spectrum, mode: Numbers | None, eigenvalue: Numbers | None
) -> tuple[Array | None, Array | None, bool]:
    """Numbers and eigenvalues of modes, as far as they are known here."""
    if eigenvalue is not None:
        values, is_axis = axis("eigenvalue", eigenvalue)
        return None, values, is_axis
    if mode is None:
        own = spectrum.numbered()
        return np.arange(1.0, len(own) + 1), own, True
    numbers, is_axis = axis("mode", mode)
    if spectrum._kind == "power_law":
        return numbers, None, is_axis
    every = spectrum.numbered()
    bad = [x for x in numbers.tolist() if not (1 <= x <= len(every) and x == int(x))]
    if bad:
        raise SpectralawError(f"mode {bad[0]:g}: there are {len(every)} modes: give an integer from 1 to {len(every)}")
    return numbers, every[numbers.astype(np.int64) - 1], is_axis
