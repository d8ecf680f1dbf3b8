"""``python -m rentaxis_pipelines_bench``: measure, print, and write the tables to ``bench-results/``."""

import datetime as dt
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import click
import psutil
from rich.console import Console

from rentaxis_pipelines.demo import tethered
from rentaxis_pipelines.demo.portfolio import SMALLEST
from rentaxis_pipelines_bench import (
    approval,
    calls,
    companies,
    days,
    demo,
    desk,
    history,
    matching,
    memory,
    older,
    quota,
    reconcile,
    scale,
    sensors,
    speed,
    startup,
)
from rentaxis_pipelines_bench.figures import Figure, markdown, write
from rentaxis_pipelines_bench.measured_company import MeasuredCompany, opened

PARTS = {
    "speed": "Rows per second",
    "quota": "Quota",
    "calls": "Calls of whole syncs",
    "approval": "Looking first",
    "days": "365 days without a record, launched in Dagster",
    "matching": "Who is who among 100,000",
    "sensors": "Ticks over 100,000 rows that failed or wait",
    "reconcile": "Proof of 100,000 invoices and payments",
    "desk": "Pages of the desk",
    "companies": "Many companies in one place",
    "memory": "Memory over a long push",
    "scale": "Histories of 10,000 records and more",
    "startup": "Start-up, one record, a short range",
    "demo": "The emulated QuickBooks and the made-up portfolio",
}


@click.command()
@click.option("--rows", default=2_000, show_default=True, help="Invoices a contender pushes each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option("--minutes", default=10, show_default=True, help="Minutes' worth of quota to push.")
@click.option(
    "--units",
    type=click.IntRange(min=SMALLEST),
    default=560,
    show_default=True,
    help="Homes in the portfolio that is synced whole.",
)
@click.option("--long-rows", default=100_000, show_default=True, help="Invoices of the long push.")
@click.option(
    "--portfolio-units",
    type=click.IntRange(min=SMALLEST),
    default=1_000,
    show_default=True,
    help="Homes in the portfolio that is made.",
)
@click.option(
    "--scale",
    "sizes",
    type=click.IntRange(min=history.SMALLEST),
    multiple=True,
    help=f"Records of a history; may be given more than once. Default: {' and '.join(f'{size:,}' for size in scale.SIZES)}.",
)
@click.option(
    "--older",
    "commit",
    default=older.COMMIT,
    show_default=True,
    help="The commit whose code is measured beside today's.",
)
@click.option(
    "--open-rows",
    default=100_000,
    show_default=True,
    help="Rows that failed or wait at a tick of the sensors.",
)
@click.option(
    "--reconcile-rows", default=100_000, show_default=True, help="Invoices and payments that are proved."
)
@click.option(
    "--only",
    type=click.Choice(list(PARTS)),
    multiple=True,
    help="Measure this part; may be given more than once. Default: all.",
)
@click.option(
    "--results", "folder", type=click.Path(path_type=Path), default=Path("bench-results"), show_default=True
)
def main(
    rows: int,
    rounds: int,
    minutes: int,
    units: int,
    long_rows: int,
    portfolio_units: int,
    sizes: tuple[int, ...],
    commit: str,
    open_rows: int,
    reconcile_rows: int,
    only: tuple[str, ...],
    folder: Path,
) -> None:
    """Our push beside python-quickbooks and dlt on one emulated QuickBooks server, and what else is promised of speed.

    Exit code 1 if a promise is not kept.
    """
    measures: dict[str, Callable[[], list[Figure]]] = {
        "speed": lambda: _on_a_company(lambda measured: speed.measure(measured, rows, rounds)),
        "quota": lambda: _on_a_company(lambda measured: quota.measure(measured, minutes)),
        "calls": lambda: _on_a_company(calls.measure, units=units),
        "approval": lambda: approval.measure(units, rounds),
        "days": days.measure,
        "matching": matching.measure,
        "sensors": lambda: sensors.measure(open_rows),
        "reconcile": lambda: reconcile.measure(reconcile_rows),
        "desk": desk.measure,
        "companies": companies.measure,
        "memory": lambda: memory.measure(long_rows),
        "scale": lambda: scale.measure(sizes or scale.SIZES, commit),
        "startup": startup.measure,
        "demo": lambda: demo.measure(portfolio_units),
    }
    figures: list[Figure] = []
    with tethered.tether() as tied, Console(stderr=True).status("Starting") as status:
        os.environ.update(tied)  # whatever a part starts ends with us, even killed
        for part in only or PARTS:
            status.update(PARTS[part])
            figures += measures[part]()
    about = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB, load {os.getloadavg()[0]:.1f}. {rows:,} invoices of two lines a round, "
        f"median of {rounds} rounds. Pusher, Postgres (durable: every commit on disk) and the QuickBooks emulator share the machine, "
        "so compare figures within one table only."
    )
    write(figures, about, folder)
    click.echo(markdown(figures, about))
    click.echo(f"Written to {folder / 'bench.md'} and {folder / 'bench.json'}.")
    sys.exit(any(figure.met is False for figure in figures))


def _on_a_company(measure: Callable[[MeasuredCompany], list[Figure]], **size: int) -> list[Figure]:
    with opened(**size) as measured:
        return measure(measured)


if __name__ == "__main__":
    main()
