"""Tables on the terminal: results of a run, findings of a check. Words and columns only, no decisions."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.render.terminal import Column, Console, Table, say, table, text
from rentaxis_pipelines.reports.run_rows import by_record_type, is_open
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, is_preview, nothing_pushed, tally, why

if TYPE_CHECKING:  # tables need no connections, and help should be quick
    from rentaxis_pipelines.check import Finding

# On the screen; the files hold all. A cause with many rows must not push the others off it.
_MOST_ROWS = 40
_MOST_OF_A_CAUSE = 5


def print_run(run_id: str, rows: Sequence[RowResult], out: Console, title: str | None = None) -> None:
    """One table a run: record type by status, with money; then what did not go through. What was not pushed at all comes first."""
    for sentence in nothing_pushed(rows):
        say(out, sentence, style="yellow")
    say(out, counts_table(title or f"Run {run_id}", rows))
    if is_preview(rows):
        say(out, skipped_table(rows))
        say(out, "This was a dry run: nothing was sent to QuickBooks.")
    print_exceptions(rows, out)


def counts_table(title: str, rows: Sequence[RowResult]) -> Table:
    """Record type x created, updated, skipped, failed, money; of a dry run, what would be done."""
    outcomes = WOULD if is_preview(rows) else DONE
    numbers = [Column(name.replace("_", " "), right=True) for name in (*outcomes, "money")]
    cells: list[list[str]] = []
    for record_type, found in by_record_type(rows).items():
        tallies = tally(found)
        counts = [str(tallies[one].rows if one in tallies else 0) for one in outcomes]
        cells.append([record_type, *counts, f"{sum((row.amount for row in found), Decimal(0)):,.2f}"])
    return table(title, [Column("record type"), *numbers], cells)


def skipped_table(rows: Sequence[RowResult]) -> Table:
    """Why rows would be skipped, with how many and their money."""
    return table(
        "What would be skipped",
        [Column("reason"), Column("rows", right=True), Column("money", right=True)],
        ([cause.meaning, cause.rows, f"{cause.money:,.2f}"] for cause in why(rows, "skipped")),
    )


def print_exceptions(rows: Sequence[RowResult], out: Console, most: int = _MOST_ROWS) -> None:
    """Rows that failed or wait, by cause, dearest cause first, with reason and remedy."""
    found = [row for row in rows if is_open(row)]
    if not found:
        if not nothing_pushed(rows):
            say(out, "Everything went through.")
        return
    by_cause: dict[str, list[RowResult]] = defaultdict(list)
    for row in found:
        by_cause[row.reason_code or ""].append(row)
    cells: list[Sequence[object] | None] = []
    shown = 0
    for cause, group in sorted(by_cause.items(), key=lambda one: -sum(abs(row.amount) for row in one[1])):
        money = sum((row.amount for row in group), Decimal(0))
        rows_of_it = f"{len(group)} {'row' if len(group) == 1 else 'rows'}"
        heading = (cause.replace("_", " "), f"{money:,.2f}", rows_of_it, "")
        cells += [None, [text(one, "bold") for one in heading]]
        listed = sorted(group, key=lambda one: -abs(one.amount))[
            : min(_MOST_OF_A_CAUSE, max(0, most - shown))
        ]
        cells += [[row.source_label, f"{row.amount:,.2f}", row.reason, row.how_to_fix] for row in listed]
        shown += len(listed)
        if len(listed) < len(group):
            cells.append([f"... and {len(group) - len(listed)} more", "", "", ""])
    columns = [
        Column("record", widest=32), Column("amount", right=True), Column("reason", share=3), Column("remedy", share=2),
    ]  # fmt: skip
    say(out, table("What did not go through", columns, cells))
    if shown < len(found):
        say(
            out,
            f"{shown} of {len(found)} rows are shown; `rentaxis-sync results --csv FILE` writes them all.",
        )


def print_findings(findings: "Sequence[Finding]", out: Console) -> None:
    """A line a finding of ``check``."""
    for finding in findings:
        word, color = (
            ("soon", "yellow") if finding.soon else ("ok", "green") if finding.good else ("fix", "red")
        )
        remedy = f" {finding.how_to_fix}" if finding.how_to_fix else ""
        say(out, text(f"{word:<4}", color), " ", finding.text, remedy)
