"""Many tasks on engines that exist."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ._spectralaw import SpectralawError

Answer = TypeVar("Answer")


def _run(task: Callable[[], Answer]) -> Answer:
    return task()


def sweep(tasks: Iterable[Callable[[], Answer]], *, map: Callable[..., Iterable[Any]] = builtins.map) -> list[Answer]:
    """The answers to tasks, in their order, computed by any executor.

    Parameters
    ----------
    tasks : list of callables without arguments
        Such as ``functools.partial(sl.loss, spectrum, time=times, width=n)``, which can be sent to other processes.
    map : callable
        The map of an executor: the builtin one, ``ProcessPoolExecutor().map``, or ``client.map`` of Dask, whose futures
        are waited for. What becomes of a worker that dies is up to the executor; Dask gives its tasks to others.

    Returns
    -------
    list
        One answer for each task.

    Raises
    ------
    Exception
        That of the first task that fails.

    Examples
    --------
    >>> from functools import partial
    >>> import spectralaw as sl
    >>> spectrum = sl.Spectrum.power_law(a=1.5, b=1.25)
    >>> curves = sweep([partial(sl.loss, spectrum, time=100.0, width=n) for n in (10, 100)])
    >>> bool(curves[1].test_loss < curves[0].test_loss)
    True
    """
    every = list(tasks)
    answers = [answer.result() if hasattr(answer, "result") else answer for answer in map(_run, every)]
    if len(answers) != len(every):
        raise SpectralawError(
            f"map returned {len(answers)} answers to {len(every)} tasks: give one that keeps them all"
        )
    return answers
