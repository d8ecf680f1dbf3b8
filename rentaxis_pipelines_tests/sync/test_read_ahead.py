"""What is expected is read while something else is done; what is asked for is right whatever was expected, and errors come where it is asked for."""

import threading
from collections.abc import Iterator

import pytest

from rentaxis_pipelines.sync.read_ahead import ReadAhead

LARGE = 3 * 2**20  # bytes of a block, of which two are more than is kept in memory


class Source:
    """What is read: each key twice, as bytes. ``broken``: the key that cannot be read."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.read: list[tuple[str, bool]] = []  # with whether it was on a thread of its own
        self.began = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self, key: str) -> Iterator[bytes]:
        self.began.set()
        assert self.may_go_on.wait(60)
        self.read.append((key, threading.current_thread() is not threading.main_thread()))
        if key == self.broken:
            raise ValueError(key)
        yield key.encode()
        yield key.encode() * LARGE


def test_the_next_is_read_while_the_one_before_is_used() -> None:
    source = Source()
    ahead = ReadAhead(source)
    ahead.expect("abc")
    for key in "abc":
        assert b"".join(ahead.blocks(key)) == key.encode() * (LARGE + 1)
    assert source.read == [("a", False), ("b", True), ("c", True)]
    ahead.close()


def test_nothing_is_read_ahead_before_something_was_asked_for() -> None:
    source = Source()
    ahead = ReadAhead(source)
    ahead.expect("abc")
    ahead.close()
    assert source.read == []


def test_what_nobody_expected_is_read_all_the_same() -> None:
    source = Source()
    ahead = ReadAhead(source)
    ahead.expect("ab")
    for key in "axab":
        assert b"".join(ahead.blocks(key)) == key.encode() * (LARGE + 1)
    ahead.close()


def test_an_error_comes_where_the_blocks_are_asked_for() -> None:
    source = Source(broken="b")
    ahead = ReadAhead(source)
    ahead.expect("abc")
    assert len(list(ahead.blocks("a"))) == 2
    for _ in range(2):
        with pytest.raises(ValueError, match="b"):
            list(ahead.blocks("b"))
    assert b"".join(ahead.blocks("c")) == b"c" * (LARGE + 1)
    ahead.close()


def test_after_it_is_closed_nothing_is_being_read() -> None:
    source = Source()
    ahead = ReadAhead(source)
    ahead.expect("ab")
    list(ahead.blocks("a"))
    source.began.clear()
    source.may_go_on.clear()
    assert source.read in ([("a", False)], [("a", False), ("b", True)])
    release = threading.Timer(0.2, source.may_go_on.set)
    release.start()
    ahead.close()
    told = list(source.read)
    ahead.close()
    assert source.read == told
    release.join()
