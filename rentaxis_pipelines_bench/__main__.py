"""``python -m rentaxis_pipelines_bench``: measure, print, and write the tables to ``bench-results/``."""

import datetime as dt
import os
import platform
import sys
from pathlib import Path

import click
import psutil
from rich.console import Console

from rentaxis_pipelines_bench import calls, days, matching, memory, quota, reconcile, sensors, speed
from rentaxis_pipelines_bench.figures import Figure, markdown, write
from rentaxis_pipelines_bench.office import opened

PARTS = ("speed", "quota", "calls", "days", "matching", "sensors", "reconcile", "memory")


@click.command()
@click.option("--rows", default=2_000, show_default=True, help="Invoices a contender pushes each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option("--minutes", default=10, show_default=True, help="Minutes' worth of quota to push.")
@click.option("--units", default=560, show_default=True, help="Homes in the portfolio that is synced whole.")
@click.option(
    "--only",
    type=click.Choice(PARTS),
    multiple=True,
    help="Measure this part; may be given more than once. Default: all but memory.",
)
@click.option("--long", "long_push", is_flag=True, help="Also push 100,000 invoices and watch the memory.")
@click.option("--long-rows", default=100_000, show_default=True, help="Invoices of the long push.")
@click.option(
    "--results", "folder", type=click.Path(path_type=Path), default=Path("bench-results"), show_default=True
)
def main(
    rows: int,
    rounds: int,
    minutes: int,
    units: int,
    only: tuple[str, ...],
    long_push: bool,
    long_rows: int,
    folder: Path,
) -> None:
    """Our push beside python-quickbooks on one emulated QuickBooks server. Exit code 1 if a promise is not kept."""
    parts = set(only or PARTS[:-1]) | ({"memory"} if long_push else set())
    found: list[Figure] = []
    with Console(stderr=True).status("Starting") as status:
        if "speed" in parts:
            status.update("Rows per second")
            with opened() as office:
                found += speed.measure(office, rows, rounds)
        if "quota" in parts:
            status.update("Quota")
            with opened() as office:
                found += quota.measure(office, minutes)
        if "calls" in parts:
            status.update("Calls of whole syncs")
            with opened(units) as office:
                found += calls.measure(office)
        if "days" in parts:
            status.update("365 days without a record, launched in Dagster")
            found += days.measure()
        if "matching" in parts:
            status.update("Who is who among 100,000")
            found += matching.measure()
        if "sensors" in parts:
            status.update("Ticks over 100,000 rows that failed or wait")
            found += sensors.measure()
        if "reconcile" in parts:
            status.update("Proof of 100,000 invoices and payments")
            found += reconcile.measure()
        if "memory" in parts:
            status.update(f"Memory over {long_rows:,} invoices")
            found += memory.measure(long_rows)
    about = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB, load {os.getloadavg()[0]:.1f}. {rows:,} invoices of two lines a round, "
        f"median of {rounds} rounds. Pusher, Postgres (durable: every commit on disk) and the QuickBooks emulator share the machine, "
        "so compare figures within one table only."
    )
    write(found, about, folder)
    click.echo(markdown(found, about))
    click.echo(f"Written to {folder / 'bench.md'} and {folder / 'bench.json'}.")
    sys.exit(any(one.met is False for one in found))


if __name__ == "__main__":
    main()
