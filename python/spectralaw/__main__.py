"""The command line: ``python -m spectralaw`` is ``spectralaw``."""

from __future__ import annotations

import signal
import sys

from ._spectralaw import command_line


def main() -> int:
    """Runs the command of ``sys.argv`` and returns its exit status."""
    # Ctrl-C ends the command, as it does that of other programs
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command_line(["spectralaw", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
