"""Commands for whoever fits the staging SQL to a database: ``rentaxis-sync source check``, ``source new`` and ``source contract``.

Here: words in, words out. Not here: what is looked at (``checks.adapter``). Modules of the pipelines are imported inside the commands,
as in ``cli``.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.render.terminal import Column, Console, Table, echo, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.checks.adapter import SourceReport
    from rentaxis_pipelines.rentaxis.workbench import Look

ROWS_REFUSED, CANNOT_RUN = 1, 2


@click.group()
def source() -> None:
    """Fit the SQL that reads RentAxis to your database, and see whether it keeps to the contract."""


@source.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def check(as_json: bool) -> None:
    """Run every staging model alone against the real database, read only, and say what it gives.

    Needs RENTAXIS_DATABASE_URL and RENTAXIS_ORGANIZATION_ID; with all variables set it looks at mappings too. Exit code 0: good; 1: some
    rows would be refused; 2: a run could not go.
    """
    from rentaxis_pipelines.checks.adapter import look_at_source, report_of

    out, err = Console(), Console(stderr=True)
    found: list[Look] = []
    for look in look_at_source():
        found.append(look)
        if not as_json:
            say(err, f"{look.file}: {look.seconds:.1f} s")
    report = report_of(found)
    if as_json:
        echo_json(report.as_dict())
    else:
        _show(report, out)
    sys.exit(CANNOT_RUN if report.breaches else ROWS_REFUSED if report.refused or report.mappings else 0)


@source.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def new(folder: Path) -> None:
    """Copy the staging models to FOLDER, to begin from. The checkout is never edited."""
    from rentaxis_pipelines.checks.adapter import new_folder

    files = new_folder(folder)
    echo(f"{len(files)} files written to {folder}. Now set")
    echo(f"RENTAXIS_SQL_FOLDER={folder.absolute()}")
    echo("change what differs in your database, and run: rentaxis-sync source check")


@source.command()
def contract() -> None:
    """Print what every staging model must give: columns, types, what may be empty, known words."""
    from rentaxis_pipelines.rentaxis.contract_document import document

    echo(document())


def _show(report: "SourceReport", out: Console) -> None:
    say(out, _rows(report))
    if any(look.money for look in report.looks):
        say(out, _money(report))
    if report.refused:
        say(out, _refused(report))
    for look in report.looks:
        for warning in look.warnings:
            say(out, f"{look.file}: {warning}", style="yellow")
    if report.limits is not None:
        say(
            out,
            "These limits would fit your records (policies.guard in the company file): "
            f"rows: {report.limits.rows}, money: {report.limits.money:.2f}, first_average: {report.limits.first_average:.2f}",
        )
    if report.mappings is None:
        say(out, f"Mappings were not looked at: {report.mappings_why}")
    for each in report.mappings or []:
        say(out, f"Mapping: {each}", style="yellow")
    for each in report.breaches:
        say(out, f"Breaks the contract: {each}", style="red")
    if not report.breaches:
        say(out, "Every model keeps to the contract.")


def _rows(report: "SourceReport") -> Table:
    columns = [
        Column("model"),
        Column("rows", right=True),
        Column("table says", right=True),
        Column("first day"),
        Column("last day"),
        Column("seconds", right=True),
        Column("most of it in", share=1),
    ]
    cells = [
        [
            look.model,
            f"{look.rows:,}",
            "" if look.counted is None else f"{look.counted.rows:,}",
            look.first_day or "",
            look.last_day or "",
            f"{look.seconds:.2f}",
            look.worst_node,
        ]
        for look in report.looks
    ]
    return table("What the staging models give", columns, cells)


def _money(report: "SourceReport") -> Table:
    numbers = [Column(name, right=True) for name in ("smallest", "largest", "sum", "table says")]
    cells: list[list[object]] = []
    for look in report.looks:
        for number, one in enumerate(look.money):
            said = look.counted.money if look.counted is not None and number == 0 else None
            amounts = (one.smallest, one.largest, one.sum)
            cells.append(
                [
                    look.model,
                    one.column,
                    *(f"{each:,.2f}" for each in amounts),
                    "" if said is None else f"{said:,.2f}",
                ]
            )
    return table("Money", [Column("model"), Column("column"), *numbers], cells)


def _refused(report: "SourceReport") -> Table:
    columns = [Column("model"), Column("rows", right=True), Column("example"), Column("why", share=1)]
    cells = [
        [look.model, f"{one.rows:,}", one.example, one.reason]
        for look in report.looks
        for one in look.refused
    ]
    return table("Rows that would be refused", columns, cells)
