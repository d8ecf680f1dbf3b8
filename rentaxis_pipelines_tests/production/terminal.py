"""A shell in which an ordinary user types one line after another; what it prints is read as it comes."""

import contextlib
import queue
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from rentaxis_pipelines_tests.production.debian import Ordinary


class Terminal:
    """One bash from first line to last, so that variables and the folder stay."""

    def __init__(self, user: Ordinary, folder: Path) -> None:
        self._bash = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc"],
            env=user.environment(),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,
            **user.identity,
        )
        self._said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            self._said.put(line)
        self._said.put(None)

    def write(self, line: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{line}\n")
        self._bash.stdin.flush()

    def until(self, wanted: re.Pattern[str], seconds: float) -> tuple[re.Match[str], str]:
        """The first line that fits, and all that was printed up to it. Fails when time is up or the shell has ended."""
        said: list[str] = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._said.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                raise AssertionError(f"The shell has ended: {''.join(said)[-3000:]}")
            if found := wanted.search(line):
                return found, "".join(said)
            said.append(line)
        raise AssertionError(f"No {wanted.pattern} within {seconds:.0f} s: {''.join(said)[-3000:]}")

    def end_of_line(self, seconds: float = 600) -> tuple[int, str]:
        """Waits for the end of the line typed last: its exit code, and what was printed since."""
        mark = uuid.uuid4().hex
        self.write(f'printf "\\n%s %s\\n" {mark} "$?"')  # on a line of its own, whatever was printed last
        found, said = self.until(re.compile(rf"{mark} (\d+)"), seconds)
        return int(found[1]), said

    def type(self, line: str) -> tuple[int, str]:
        """Types the line and waits until it has run: its exit code, and what it printed."""
        self.write(line)
        return self.end_of_line()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._bash.send_signal(signal.SIGHUP)
        assert self._bash.stdin is not None
        self._bash.stdin.close()
        self._bash.wait(30)
        assert self._bash.stdout is not None
        self._bash.stdout.close()


@contextlib.contextmanager
def terminal(user: Ordinary, folder: Path) -> Iterator[Terminal]:
    opened = Terminal(user, folder)
    try:
        yield opened
    finally:
        opened.close()
