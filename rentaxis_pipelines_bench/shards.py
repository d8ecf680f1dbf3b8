"""One generic asset whose partitions are the companies, pushed in shards: what the step beyond a factory would cost in Dagster.

A small real experiment, on an instance of its own in Postgres: ten thousand partitions, the runs that a launch of them all is cut into,
and one shard carried out. The step's body does nothing, so the figures are Dagster's. Not here: the factory that the project has.
"""

import resource
import time
from typing import NamedTuple

import dagster as dg
import psycopg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.automation_tick_evaluation_context import (
    build_run_requests_with_backfill_policies,
)
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.definitions.partitions.context import partition_loading_context

from rentaxis_pipelines_bench.night_queue import dagster_instance

SHARD = 50  # companies a run
_COMPANIES = dg.DynamicPartitionsDefinition(name="companies")


class Shards(NamedTuple):
    """Seconds, but for the counts. ``cut``: to divide all companies into runs; ``run``: of one shard's run, its body doing nothing."""

    companies: int
    add: float
    read: float
    cut: float
    runs: int
    run: float
    companies_of_run: int
    events_of_run: int
    processor_seconds: float


@dg.asset(partitions_def=_COMPANIES, backfill_policy=dg.BackfillPolicy.multi_run(SHARD))
def synced(context: dg.AssetExecutionContext) -> None:
    """What would push the companies of its shard, one after another."""
    context.add_output_metadata({"companies": len(context.partition_keys)})


def measure(companies: int = 10_000) -> Shards:
    """With so many companies as partitions."""
    keys = [f"company_{number:05}" for number in range(companies)]
    with dagster_instance() as (instance, url):
        began = time.perf_counter()
        instance.add_dynamic_partitions("companies", keys)
        added = time.perf_counter()
        stored = instance.get_dynamic_partitions("companies")
        read = time.perf_counter()
        with partition_loading_context(dynamic_partitions_store=instance):
            requests = build_run_requests_with_backfill_policies(
                {AssetKeyPartitionKey(synced.key, key) for key in stored},
                AssetGraph.from_assets([synced]),
                instance,
            )
        cut = time.perf_counter()
        used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        first = min(requests, key=lambda request: request.tags["dagster/asset_partition_range_start"])
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        done = dg.materialize([synced], instance=instance, tags=dict(first.tags), run_config=quiet)
        ended = time.perf_counter()
        used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
        materialized = len(instance.get_materialized_partitions(synced.key))
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "select count(*) from event_logs where run_id = %s", [done.run_id]
            ).fetchone()
    assert row is not None
    return Shards(
        companies=len(stored), add=added - began, read=read - added, cut=cut - read, runs=len(requests),
        run=ended - cut, companies_of_run=materialized, events_of_run=row[0], processor_seconds=used,
    )  # fmt: skip
