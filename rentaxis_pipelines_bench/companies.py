"""What many companies cost: loading their definitions, a night of a thousand in Dagster's queue, and the step beyond a factory.

Here: the figures, and what they come to, its assumptions named. Not here: the measurements (``definitions_cost``, ``night_queue``,
``shards``), and the night itself, object by object (rentaxis_pipelines_tests/e2e/companies).
"""

import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rentaxis_pipelines.demo import stack
from rentaxis_pipelines.demo.portfolio import SMALLEST, SmallOnes
from rentaxis_pipelines.demo.small_companies import small_companies
from rentaxis_pipelines_bench import definitions_cost, night_queue, shards
from rentaxis_pipelines_bench.definitions_cost import Cost
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.night_queue import Queued
from rentaxis_pipelines_bench.shards import Shards

NUMBERS: tuple[int, ...] = (1, 10, 50, 100)
MOST = 50  # companies of which so much is promised
SECONDS, MEGABYTES = 15.0, 300.0
DEFINITIONS, QUEUE, NIGHT, SHARDS = (
    "Definitions of many companies in one code location",
    "A night of many companies in Dagster's queue, the runs themselves stood in for",
    "A night of many companies, worked out",
    "One generic asset on dynamic partitions, its body doing nothing",
)
DAY = dt.date(2026, 10, 1)


def measure(nightly: int = 1_000, partitions: int = 10_000) -> list[Figure]:
    """``nightly``: companies of the night. ``partitions``: of the experiment."""
    costs = {number: definitions_cost.of(number) for number in NUMBERS}
    queued = night_queue.measure(nightly)
    run = processor_seconds_of_a_run()
    return [
        *(figure for cost in costs.values() for figure in _of_definitions(cost)),
        *_of_queue(queued),
        *figures_of_night(nightly, run, costs, queued),
        *_of_shards(shards.measure(partitions)),
    ]


def processor_seconds_of_a_run() -> float:
    """One small company's day, with nine objects to create, by the command line: the whole process, for one company's definitions."""
    before = dict(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    small = SmallOnes(small_companies(1), [DAY])
    try:
        with stack.running(folder, units=SMALLEST, months=1, small=small, durable=True):
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "rentaxis_pipelines.cli.main", "--company",
                 small.companies[0].slug, "bulk", "--from", DAY.isoformat(), "--to", DAY.isoformat()],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def _of_definitions(cost: Cost) -> list[Figure]:
    promised = cost.companies == MOST
    of = f"{cost.companies} companies"
    return [
        Figure(
            group=DEFINITIONS, name=f"{of}: the code server has them", value=cost.code_server_seconds, unit="s",
            target=f"{SECONDS:.0f}" if promised else "", met=cost.code_server_seconds <= SECONDS if promised else None,
            note=f"of a processor; importing alone {cost.import_seconds:.1f} s. {cost.jobs} jobs, {cost.assets} assets, "
            f"{cost.sensors} sensors; what the UI is told is {cost.snapshot_mb:.1f} MB",
        ),
        Figure(group=DEFINITIONS, name=f"{of}: memory of the process", value=cost.memory_mb, unit="MB",
               target=f"{MEGABYTES:.0f}" if promised else "", met=cost.memory_mb <= MEGABYTES if promised else None),
        Figure(group=DEFINITIONS, name=f"{of}: before a run's first step", value=cost.process_seconds, unit="s",
               note="of a processor, in the process of each run"),
    ]  # fmt: skip


def _of_queue(queued: Queued) -> list[Figure]:
    of, each = f"{queued.runs:,} runs", 1_000 / queued.runs
    events = queued.event_rows / max(queued.sampled, 1)
    return [
        Figure(group=QUEUE, name=f"{of} are written down and queued", value=queued.create, unit="s",
               note=f"{queued.create * each:.1f} ms each"),
        Figure(group=QUEUE, name=f"{of} are taken out of the queue", value=queued.dequeue, unit="s",
               note=f"{queued.dequeue * each:.1f} ms each, in {queued.rounds} rounds; at most {queued.most} at once, as dagster.yaml says, and "
               f"{'TWO' if queued.twice else 'never two'} of one company", met=not queued.twice),
        Figure(group=QUEUE, name="they begin and end", value=queued.end, unit="s",
               note=f"{queued.sampled:,} of them with {night_queue.EVENTS_A_RUN} events"),
        Figure(group=QUEUE, name="Dagster's database afterwards", value=queued.megabytes, unit="MB",
               note=f"{queued.event_rows:,} events, {events:,.0f} for each run that wrote its own"),
    ]  # fmt: skip


def figures_of_night(nightly: int, run: float, costs: Mapping[int, Cost], queued: Queued) -> list[Figure]:
    """What a night takes on this machine: processor seconds of all runs, shared by its processors, all of them busy with nothing else."""
    cores = os.cpu_count() or 1
    more = costs[MOST].process_seconds - costs[1].process_seconds
    dagster = (queued.create + queued.dequeue) / queued.runs
    figures = [
        Figure(group=NIGHT, name="a small company's run, its process whole", value=run, unit="s",
               note="of a processor: nine objects, one company's definitions")
    ]  # fmt: skip
    for companies in (50, nightly, 10_000):
        minutes = companies * (run + more + dagster) / cores / 60
        figures.append(
            Figure(group=NIGHT, name=f"{companies:,} companies, in code locations of {MOST}", value=minutes, unit="min",
                   note=f"worked out: ({run:.1f} s a run + {more:.1f} s for {MOST} companies' definitions + {dagster:.2f} s of Dagster) "
                   f"/ {cores} processors. Assumed: as few records each, QuickBooks answers at once, nothing else runs")
        )  # fmt: skip
    return figures


def _of_shards(measured: Shards) -> list[Figure]:
    return [
        Figure(group=SHARDS, name=f"{measured.companies:,} partitions are added", value=measured.add, unit="s"),
        Figure(group=SHARDS, name="they are read", value=measured.read, unit="s"),
        Figure(group=SHARDS, name="a launch of all is cut into runs", value=measured.cut, unit="s",
               note=f"{measured.runs} runs of {shards.SHARD} companies"),
        Figure(group=SHARDS, name=f"a run of {measured.companies_of_run} companies", value=measured.run, unit="s",
               note=f"{measured.processor_seconds:.1f} s of a processor, {measured.events_of_run} events: "
               f"{measured.events_of_run / max(measured.companies_of_run, 1):.1f} a company"),
    ]  # fmt: skip
