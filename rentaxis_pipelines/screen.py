"""Tables on the terminal: results of a run, findings of a check. Words and columns only, no decisions."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.reports.run_rows import by_record_type, is_open
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, is_preview, tally, why

if TYPE_CHECKING:  # tables need no connections, and help should be quick
    from rentaxis_pipelines.check import Finding

# On the screen; the files hold all. A cause with many rows must not push the others off it.
_MOST_ROWS = 40
_MOST_OF_A_CAUSE = 5


def print_run(run_id: str, rows: Sequence[RowResult], out: Console, title: str | None = None) -> None:
    """One table a run: record type by status, with money; then what did not go through."""
    out.print(counts_table(title or f"Run {run_id}", rows))
    if is_preview(rows):
        out.print(skipped_table(rows))
        out.print("This was a dry run: nothing was sent to QuickBooks.")
    print_exceptions(rows, out)


def counts_table(title: str, rows: Sequence[RowResult]) -> Table:
    """Record type x created, updated, skipped, failed, money; of a dry run, what would be done."""
    table = Table(title=title, title_justify="left")
    table.add_column("record type")
    outcomes = WOULD if is_preview(rows) else DONE
    for outcome in outcomes:
        table.add_column(outcome.replace("_", " "), justify="right")
    table.add_column("money", justify="right")
    for record_type, found in by_record_type(rows).items():
        tallies = tally(found)
        counts = [str(tallies[one].rows if one in tallies else 0) for one in outcomes]
        table.add_row(record_type, *counts, f"{sum((row.amount for row in found), Decimal(0)):,.2f}")
    return table


def skipped_table(rows: Sequence[RowResult]) -> Table:
    """Why rows would be skipped, with how many and their money."""
    table = Table(title="What would be skipped", title_justify="left")
    for name in ("reason", "rows", "money"):
        table.add_column(name, justify="left" if name == "reason" else "right")
    for cause in why(rows, "skipped"):
        table.add_row(cause.meaning, str(cause.rows), f"{cause.money:,.2f}")
    return table


def print_exceptions(rows: Sequence[RowResult], out: Console, most: int = _MOST_ROWS) -> None:
    """Rows that failed or wait, by cause, dearest cause first, with reason and remedy."""
    found = [row for row in rows if is_open(row)]
    if not found:
        out.print("Everything went through.")
        return
    by_cause: dict[str, list[RowResult]] = defaultdict(list)
    for row in found:
        by_cause[row.reason_code or ""].append(row)
    table = Table(title="What did not go through", title_justify="left", show_lines=False)
    table.add_column("record", overflow="fold", max_width=32)
    table.add_column("amount", justify="right")
    table.add_column("reason", overflow="fold", ratio=3)
    table.add_column("remedy", overflow="fold", ratio=2)
    shown = 0
    for cause, group in sorted(by_cause.items(), key=lambda one: -sum(abs(row.amount) for row in one[1])):
        money = sum((row.amount for row in group), Decimal(0))
        table.add_section()
        table.add_row(
            f"[bold]{cause.replace('_', ' ')}[/bold]",
            f"[bold]{money:,.2f}[/bold]",
            f"[bold]{len(group)} {'row' if len(group) == 1 else 'rows'}[/bold]",
            "",
        )
        listed = sorted(group, key=lambda one: -abs(one.amount))[
            : min(_MOST_OF_A_CAUSE, max(0, most - shown))
        ]
        for row in listed:
            table.add_row(
                _plain(row.source_label), f"{row.amount:,.2f}", _plain(row.reason), _plain(row.how_to_fix)
            )
        shown += len(listed)
        if len(listed) < len(group):
            table.add_row(f"... and {len(group) - len(listed)} more", "", "", "")
    out.print(table)
    if shown < len(found):
        out.print(
            f"{shown} of {len(found)} rows are shown; `rentaxis-sync results --csv FILE` writes them all.",
            highlight=False,
        )


def print_findings(findings: "Sequence[Finding]", out: Console) -> None:
    """A line a finding of ``check``."""
    for finding in findings:
        mark = "[yellow]soon[/yellow]" if finding.soon else "[green]ok[/green]  "
        mark = mark if finding.good else "[red]mend[/red]"
        remedy = f" {_plain(finding.how_to_fix)}" if finding.how_to_fix else ""
        out.print(f"{mark} {_plain(finding.text)}{remedy}", highlight=False, soft_wrap=True)


def _plain(text: str | None) -> str:
    return (text or "").replace("[", "\\[")
