"""Run a program that ends when the process which started it ends, however that came about; ``kill -9`` leaves no time to tell it.

Here: ``python -m rentaxis_pipelines.demo.tethered PARENT PROGRAM ARGUMENTS...``. The kernel sends the program SIGTERM, so that it ends as
it would if its parent had told it to. Linux has this (prctl(2), PR_SET_PDEATHSIG; kept across exec); elsewhere the program just runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def command(*words: str) -> list[str]:
    """The words of a command, tethered to this process."""
    return [sys.executable, "-m", __name__, str(os.getpid()), *words]


def main(parent: int, words: list[str]) -> None:
    """Become the program. Ends at once if the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the kernel was asked
            sys.exit(1)
    os.execv(words[0], words)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
