"""The files a run attaches: where RentAxis has them now, and their bytes.

A location may be an address with a key in it that soon expires, so it is asked of RentAxis right before a file is sent and is written
down nowhere. Few files are held in memory at once. Not here: which file is attached to what (``planning.paper_rows``).
"""

import threading
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rentaxis_pipelines.papers.content import Expected
from rentaxis_pipelines.papers.unfit import unreadable

AT_ONCE = 3  # files held at once, however many threads send


def _no_location(_ids: Collection[str]) -> Mapping[str, str]:
    return {}


def _no_bytes(_location: str, _expected: Expected) -> bytes:
    raise unreadable("The file could not be read: this run has no access to files.")


@dataclass
class PaperFiles:
    """``locate``: where these files are, by id; ``read``: a file's bytes, or PaperRefused."""

    locate: Callable[[Collection[str]], Mapping[str, str]] = _no_location
    read: Callable[[str, Expected], bytes] = _no_bytes
    _located: dict[str, str] = field(default_factory=dict[str, str])
    _places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def look_up(self, ids: Collection[str]) -> None:
        """Ask where these are, which are about to be sent. What was known of others is forgotten. Raises SourceError."""
        self._located = dict(self.locate(ids)) if ids else {}

    @contextmanager
    def held(self, source_id: str, expected: Expected) -> Generator[bytes]:
        """The file's bytes, of one that was looked up. Raises PaperRefused."""
        with self._places:
            location = self._located.get(source_id)
            if location is None:
                raise unreadable(
                    "RentAxis no longer has the file.",
                    "Nothing to do if it was deleted; otherwise run again.",
                )
            yield self.read(location, expected)
