"""Histories of 10,000 records and of ten and a hundred times as many: what each run takes, and how that grows with the history.

Each history gets empty books, then a first sync, one in which nothing changed, one in which 1 % was edited, a forced one and the proof,
each in a process of its own; beside them the same on the code of an older commit, and the Dagster job. Here: which runs, what is promised
of them, and the arithmetic of growth. Not here: carrying a run out (``books``), the drawing (``scripts.scale_documents``).
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from rentaxis_pipelines_bench import books, history, older
from rentaxis_pipelines_bench.books import History, Took
from rentaxis_pipelines_bench.figures import Figure

SIZES = (10_000, 100_000)
BESIDE_MOST = 100_000  # records that the older code and Dagster are given; a million takes the older code more memory than most have
GROWTH, MEMORY_GROWTH = 10.5, 1.3  # fold, for ten times the records
MEGABYTES, UNCHANGED_SECONDS, UNCHANGED_READS, AHEAD_OF_OLDER = 800, 60, 5, 10
A_MILLION = 1_000_000
FIRST, UNCHANGED, EDITED, FORCED, PROOF = "first sync", "unchanged", "1 % edited", "forced", "proof"
# Both clocks go on by so much before the proof, as in ``reconcile``: what changed just now would be read once more.
_SETTLED = 600.0
MEGABYTE = 2**20
Runs = Mapping[str, Took]  # by the kind of run


def measure(sizes: Sequence[int], commit: str = older.COMMIT) -> list[Figure]:
    """Every size, smallest first. Raises RuntimeError where a run does not do what it should: then there is nothing to measure."""
    ours: dict[int, Runs] = {}
    before: dict[int, Runs] = {}
    figures: list[Figure] = []
    with books.server() as (server, folder), older.code(commit) as older_code:
        for records in sorted(set(sizes)):
            with books.made(server, folder, records) as made:
                ours[records] = _ours(made)
                figures += of_history(made, ours[records])
                if records <= BESIDE_MOST:
                    figures += of_dagster(records, _by_dagster(made))
                    if older_code is not None:
                        before[records] = _plain(made, "older", older_code)
    figures += [
        figure for pair in zip(list(ours), list(ours)[1:], strict=False) for figure in growth(*pair, ours)
    ]
    return [*figures, *beside_older(ours, before, commit)]


def group_of(records: int) -> str:
    """What the figures of one history stand under."""
    return f"A history of {records:,} records"


def group_of_older(commit: str) -> str:
    """What the figures of an older commit's code stand under."""
    return f"Beside the code of commit {commit}"


def _ours(made: History) -> Runs:
    with books.opened(made, "ours") as opened:
        runs = {FIRST: opened.run("sync"), UNCHANGED: opened.run("sync")}
        edited = history.edit(made.rentaxis)
        runs[EDITED] = opened.run("sync")
        runs[FORCED] = opened.run("force")
        opened.advance(_SETTLED)
        runs[PROOF] = opened.run("reconcile", ahead=_SETTLED)
    records = made.shape.records
    _must_be({"created": records}, FIRST, runs)
    _must_be({"skipped": records}, UNCHANGED, runs)
    _must_be({"skipped": records - edited, "updated": edited}, EDITED, runs)
    _must_be({"updated": records}, FORCED, runs)
    return runs


def _plain(made: History, name: str, code: Path) -> Runs:
    """A first sync and an unchanged one."""
    with books.opened(made, name, code) as opened:
        return {FIRST: opened.run("sync"), UNCHANGED: opened.run("sync")}


def _by_dagster(made: History) -> Runs:
    with books.opened(made, "by_dagster", dagster=True) as opened:
        return {FIRST: opened.run("dagster"), UNCHANGED: opened.run("dagster")}


def _must_be(wanted: Mapping[str, int], kind: str, runs: Runs) -> None:
    """Raises RuntimeError unless at least so many records came out that way (vendors and the like come on top), and no other way."""
    came = runs[kind].statuses
    if came.keys() != wanted.keys() or any(came[status] < rows for status, rows in wanted.items()):
        raise RuntimeError(f"{kind}: {dict(came)} instead of {dict(wanted)}.")


def of_history(made: History, runs: Runs) -> list[Figure]:
    """The figures of one size."""
    shape, group = made.shape, group_of(made.shape.records)
    figures = [
        Figure(group=group, name="made in", value=made.made_in, unit="s",
               note=f"{shape.homes:,} homes, {shape.days:,} days, {shape.records / shape.days:,.0f} records a day")
    ]  # fmt: skip
    for kind, took in runs.items():
        figures += _of_run(group, kind, shape.records, took)
    most = max(runs.values(), key=lambda took: took.quickbooks_memory)
    return [
        *figures,
        Figure(group=group, name="database after all of them", value=runs[PROOF].database / MEGABYTE, unit="MB",
               note=f"ledger, staging and reports; after the first sync {runs[FIRST].database / MEGABYTE:,.0f} MB. "
               f"The emulated QuickBooks held {most.quickbooks_memory / MEGABYTE:,.0f} MB"),
    ]  # fmt: skip


def _of_run(group: str, kind: str, records: int, took: Took) -> list[Figure]:
    unchanged = kind == UNCHANGED
    timed = unchanged and records >= A_MILLION
    kept = (took.writes == 0 and took.reads <= UNCHANGED_READS) if unchanged else None
    return [
        Figure(group=group, name=f"{kind}: seconds", value=took.seconds, unit="s",
               target=f"{UNCHANGED_SECONDS}" if timed else "", met=took.seconds <= UNCHANGED_SECONDS if timed else None,
               note=f"{records / took.seconds:,.0f} records/s; of a processor {took.processor_seconds:.1f} s the run, {took.postgres_seconds:.1f} s Postgres"),
        Figure(group=group, name=f"{kind}: memory of the run", value=took.memory / MEGABYTE, unit="MB", target=f"under {MEGABYTES}",
               met=took.memory < MEGABYTES * MEGABYTE, note=f"at its most; all of Postgres {took.postgres_memory / MEGABYTE:,.0f} MB"),
        Figure(group=group, name=f"{kind}: added to the database", value=took.added / MEGABYTE, unit="MB"),
        Figure(group=group, name=f"{kind}: calls", value=took.calls, target=f"0 writes, {UNCHANGED_READS} reads" if unchanged else "", met=kept,
               note=f"{took.writes:,} writes, {took.reads:,} metered reads"),
    ]  # fmt: skip


def of_dagster(records: int, runs: Runs) -> list[Figure]:
    """The same history as Dagster's job bulk_sync."""
    return [
        Figure(group=f"{group_of(records)}, as Dagster's job bulk_sync", name=f"{kind}: memory of the run", value=took.memory / MEGABYTE, unit="MB",
               target=f"under {MEGABYTES}", met=took.memory < MEGABYTES * MEGABYTE,
               note=f"{took.seconds:.1f} s, of a processor {took.processor_seconds:.1f} s the run, {took.postgres_seconds:.1f} s Postgres")
        for kind, took in runs.items()
    ]  # fmt: skip


def per_tenfold(smaller: float, larger: float, times: float) -> float:
    """How many times as much there is of something for ten times the records, measured at ``times`` the records: 10 is in proportion."""
    return (larger / smaller) ** (1 / math.log10(times))


def growth(smaller: int, larger: int, runs: Mapping[int, Runs]) -> list[Figure]:
    """How each run grows from one size to a larger one."""
    group = f"Growth from {smaller:,} to {larger:,} records"
    figures: list[Figure] = []
    for kind, few in runs[smaller].items():
        many = runs[larger][kind]
        measured = {
            "seconds": (few.seconds, many.seconds, GROWTH),
            "processor seconds of run and Postgres": (few.work, many.work, GROWTH),
            "memory of the run": (few.memory, many.memory, MEMORY_GROWTH),
            "calls": (few.calls, many.calls, GROWTH),
            "database": (few.database, many.database, GROWTH),
        }
        for name, (before, after, most) in measured.items():
            if before:
                fold = per_tenfold(before, after, larger / smaller)
                figures.append(
                    Figure(group=group, name=f"{kind}: {name}", value=fold, unit="fold", target=f"{most}", met=fold <= most)
                )  # fmt: skip
    return figures


def beside_older(ours: Mapping[int, Runs], before: Mapping[int, Runs], commit: str) -> list[Figure]:
    """The same runs on the code of an older commit, and how far ahead today's is where nothing changed."""
    group = group_of_older(commit)
    if not before:
        why = "this clone does not have the commit, or no size was small enough"
        return [Figure(group=group, name="not compared", value=None, note=why)]
    figures = [
        Figure(group=group, name=f"{records:,} records, {kind}: {name}", value=value, unit=unit, note=note)
        for records, runs in before.items()
        for kind, took in runs.items()
        for name, value, unit, note in (
            ("seconds", took.seconds, "s", f"of a processor {took.processor_seconds:.1f} s the run, {took.postgres_seconds:.1f} s Postgres; now {ours[records][kind].seconds:.1f} s"),
            ("memory of the run", took.memory / MEGABYTE, "MB", f"now {ours[records][kind].memory / MEGABYTE:,.0f} MB"),
        )
    ]  # fmt: skip
    largest = max(before)
    then, now = before[largest][UNCHANGED], ours[largest][UNCHANGED]
    times = then.seconds / now.seconds
    return [
        *figures,
        Figure(group=group, name=f"unchanged, {largest:,} records: records a second now, times as many as then", value=times, unit="x",
               target=f"{AHEAD_OF_OLDER}", met=times >= AHEAD_OF_OLDER,
               note=f"{largest / now.seconds:,.0f} beside {largest / then.seconds:,.0f}; by processor seconds of run and Postgres {then.work / now.work:.1f} x"),
    ]  # fmt: skip
