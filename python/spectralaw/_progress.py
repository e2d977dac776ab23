"""Progress of long work, by tqdm where it is installed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Work shorter than this many seconds needs no bar.
PATIENCE = 1.0


class _Bar:
    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: Any = None
        self._is_hidden = not (sys.stderr.isatty() or "ipykernel" in sys.modules)

    def __call__(self, share: float) -> None:
        if self._is_hidden or time.monotonic() - self._start < PATIENCE:
            return
        if self._bar is None:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._is_hidden = True
                return
            self._bar = tqdm(total=1.0, leave=False, bar_format="{percentage:3.0f}% {bar} {elapsed}, {remaining} to go")
        self._bar.update(min(share, 1.0) - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


@contextmanager
def reporting() -> Iterator[Callable[[float], None]]:
    """What is told the share of the work that is done."""
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()
