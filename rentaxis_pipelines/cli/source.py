"""Commands for adapting the staging SQL to a database: ``rentaxis-sync source check``, ``source new`` and ``source contract``.

Here: arguments and output. Not here: what is checked (``checks.adapter``). Modules of the pipelines are imported inside the commands,
as in ``cli``.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import company_variables
from rentaxis_pipelines.render.terminal import Column, Console, Table, echo, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.checks.adapter import SourceReport
    from rentaxis_pipelines.rentaxis.workbench import Look

ROWS_REFUSED, CANNOT_RUN = 1, 2


@click.group()
def source() -> None:
    """Adapt the SQL that reads RentAxis to your database, and check that it meets the contract."""


@source.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def check(as_json: bool) -> None:
    """Run every staging model on its own against the real database, read-only, and show what it returns.

    Needs RENTAXIS_DATABASE_URL and RENTAXIS_ORGANIZATION_ID; with all variables set it also checks mappings. Exit code 0: good; 1: some
    rows would be refused; 2: a run could not start.
    """
    from rentaxis_pipelines.checks.adapter import report_of
    from rentaxis_pipelines.rentaxis.workbench import looks
    from rentaxis_pipelines.settings import SourceEnvironment, load

    out, err = Console(), Console(stderr=True)
    checked: list[Look] = []
    variables = company_variables()
    environment = load(SourceEnvironment, variables)
    for look in looks(environment):
        checked.append(look)
        if not as_json:
            say(err, f"{look.file}: {look.seconds:.1f} s")
    report = report_of(checked, environment, variables)
    if as_json:
        echo_json(report.as_dict())
    else:
        _show(report, out)
    sys.exit(CANNOT_RUN if report.breaches else ROWS_REFUSED if report.refused or report.mappings else 0)


@source.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def new(folder: Path) -> None:
    """Copy the staging models to FOLDER as a starting point. Edit the copy, not the installed files."""
    from rentaxis_pipelines.checks.adapter import new_folder

    files = new_folder(folder)
    echo(f"{len(files)} files written to {folder}. Now set")
    echo(f"RENTAXIS_SQL_FOLDER={folder.absolute()}")
    echo("change what differs in your database, and run: rentaxis-sync source check")


@source.command()
def contract() -> None:
    """Print what every staging model must return: columns, types, what may be empty, known values."""
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
            "Suggested limits for your records (policies.guard in the company file): "
            f"rows: {report.limits.rows}, money: {report.limits.money:.2f}, first_average: {report.limits.first_average:.2f}",
        )
    if report.mappings is None:
        say(out, f"Mappings were not checked: {report.mappings_why}")
    for mapping in report.mappings or []:
        say(out, f"Mapping: {mapping}", style="yellow")
    for breach in report.breaches:
        say(out, f"Breaks the contract: {breach}", style="red")
    if not report.breaches:
        say(out, "Every model meets the contract.")


def _rows(report: "SourceReport") -> Table:
    columns = [
        Column("model"),
        Column("rows", right=True),
        Column("in the table", right=True),
        Column("first day"),
        Column("last day"),
        Column("seconds", right=True),
        Column("slowest step", share=1),
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
    return table("What the staging models return", columns, cells)


def _money(report: "SourceReport") -> Table:
    numbers = [Column(name, right=True) for name in ("smallest", "largest", "sum", "in the table")]
    cells: list[list[object]] = []
    for look in report.looks:
        for number, column in enumerate(look.money):
            counted = look.counted.money if look.counted is not None and number == 0 else None
            amounts = (column.smallest, column.largest, column.sum)
            cells.append(
                [
                    look.model,
                    column.column,
                    *(f"{amount:,.2f}" for amount in amounts),
                    "" if counted is None else f"{counted:,.2f}",
                ]
            )
    return table("Money", [Column("model"), Column("column"), *numbers], cells)


def _refused(report: "SourceReport") -> Table:
    columns = [Column("model"), Column("rows", right=True), Column("example"), Column("why", share=1)]
    cells = [
        [look.model, f"{group.rows:,}", group.example, group.reason]
        for look in report.looks
        for group in look.refused
    ]
    return table("Rows that would be refused", columns, cells)
