"""How far a run has come: counts that are right, said now and then, and nothing that could hold up what is sent."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.cli import runs
from rentaxis_pipelines.sync.progress import NowAndThen, Progress, watching


@given(pauses=st.lists(st.floats(0, 30), max_size=60))
def test_it_is_said_no_more_often_than_every_ten_seconds_and_no_longer_withheld(pauses: list[float]) -> None:
    """However fast rows come: between two lines lie ten seconds, and after ten seconds the next count brings a line."""
    at, said = [0.0], []
    progress = Progress(
        listeners=[NowAndThen(lambda sentence: said.append((at[0], sentence)), clock=lambda: at[0])]
    )
    last = 0.0
    for pause in pauses:
        at[0] += pause
        due = at[0] - last >= 10
        before = len(said)
        progress.add(sent=1, to_send=1)
        assert len(said) - before == due
        last = at[0] if due else last
    assert all(later - earlier >= 10 for (earlier, _), (later, _) in itertools.pairwise(said))


def test_the_sentence_holds_the_counts_and_the_time_left_at_quickbooks_rate() -> None:
    """What there is none of is left out; without limits there is no time to tell."""
    progress = Progress(rows_per_minute=1170.0, listeners=[])
    assert progress.sentence() == ""
    progress.add(read=12000, planned=12000, to_send=11700)
    progress.add(sent=3000, answered=2340)
    assert progress.sentence() == (
        "12,000 records read, 12,000 planned, 3,000 of 11,700 sent, 2,340 answered, about 8 minutes left at QuickBooks' rate"
    )
    progress.add(answered=9359)
    assert progress.sentence().endswith("about 1 minute left at QuickBooks' rate")
    progress.add(answered=1)
    assert progress.sentence().endswith("11,700 answered")
    assert Progress(to_send=5, listeners=[]).minutes_left is None


def test_a_listener_that_fails_is_told_no_more_and_nothing_else_happens() -> None:
    """A terminal that was closed while rows are being sent."""
    told: list[int] = []

    def broken(_: Progress) -> None:
        raise BrokenPipeError

    progress = Progress(listeners=[broken, lambda one: told.append(one.sent)])
    progress.add(sent=1)
    progress.add(sent=1)
    assert told == [1, 2]
    assert broken not in progress.listeners


def test_the_command_line_says_it_on_the_error_stream(capsys) -> None:
    """Without a terminal, or with --json: plain lines, and none on the output."""
    with runs.progress("Running bulk_sync", True):
        progress = Progress()
        (line,) = progress.listeners
        assert isinstance(line, NowAndThen)
        line.every = 0
        progress.add(read=1200)
    said = capsys.readouterr()
    assert "Running bulk_sync: 1,200 records read" in said.err
    assert said.out == ""
    assert Progress().listeners == []


def test_every_run_opened_inside_tells_whoever_watches() -> None:
    """Those outside as well, and nobody afterwards."""
    outer: list[int] = []
    inner: list[int] = []
    with watching(lambda one: outer.append(one.read)), watching(lambda one: inner.append(one.read)):
        Progress().add(read=1)
    Progress().add(read=1)
    assert (outer, inner) == ([1], [1])
