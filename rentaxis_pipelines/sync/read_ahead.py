"""Reading one set of blocks ahead, on a thread: RentAxis works on the next record type while the ledger compares the one before.

At most one set waits, in memory while it is small and in an unnamed file beyond that. Not here: what is read, and from where (``source``).
"""

import contextlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Generic, TypeVar

Key = TypeVar("Key")
_IN_MEMORY = 4 * 2**20  # bytes
_BLOCK = 2**18


class ReadAhead(Generic[Key]):
    """``read``: the blocks of one key; it is never called twice at a time from here, and may be called on another thread."""

    def __init__(self, read: Callable[[Key], Iterable[bytes | memoryview]]) -> None:
        self._read = read
        self._expected: deque[Key] = deque()
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: tuple[Key, Future[IO[bytes]]] | None = None

    def expect(self, keys: Iterable[Key]) -> None:
        """Which keys are going to be asked for, in that order."""
        self._expected = deque(keys)

    def blocks(self, key: Key) -> Iterator[bytes | memoryview]:
        """The blocks of that key; then the next one expected is read ahead. Raises what ``read`` raises."""
        read = self._waiting
        if read is None or read[0] != key:
            self.close()
            yield from self._read(key)
            self._begin_after(key)
            return
        with read[1].result() as file:
            self._waiting = None
            self._begin_after(key)
            while block := file.read(_BLOCK):
                yield block

    def close(self) -> None:
        """Let go of what waits. Returns when nothing is being read any more."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None
        if (
            self._waiting is not None
            and not self._waiting[1].cancelled()
            and self._waiting[1].exception() is None
        ):
            self._waiting[1].result().close()
        self._waiting = None

    def _begin_after(self, key: Key) -> None:
        while self._expected:
            if self._expected.popleft() == key:
                break
        if not self._expected:
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "read-ahead")
        following = self._expected[0]
        self._waiting = (following, self._thread.submit(self._kept, following))

    def _kept(self, key: Key) -> IO[bytes]:
        with contextlib.ExitStack() as until_read:
            file: IO[bytes] = until_read.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
            for block in self._read(key):
                file.write(block)
            file.seek(0)
            until_read.pop_all()  # whoever asks for it closes it
            return file
