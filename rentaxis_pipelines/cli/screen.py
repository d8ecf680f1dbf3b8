"""Tables on the terminal: results of a run, findings of a check. Words and columns only, no decisions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.previews import SHORT
from rentaxis_pipelines.render.terminal import Column, Console, Table, say, table, text
from rentaxis_pipelines.reports.run_rows import OpenCause, OpenCauses, by_record_type
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, is_preview, nothing_pushed, tally, whole, why

if TYPE_CHECKING:  # tables need no connections, and help should be quick
    from rentaxis_pipelines.checks.companies import FoundFor
    from rentaxis_pipelines.checks.finding import Finding

# Lines on the screen; the files contain all rows. A cause with many rows must not crowd out the others: each has at least one line.
_MOST_LINES = 40
_MOST_OF_A_CAUSE = 5


def print_run(
    run_id: str, sums: Sequence[DaySum], causes: OpenCauses, out: Console, title: str | None = None
) -> None:
    """One table per run: record type by status, with money; then failed and waiting rows. What was not pushed at all comes first."""
    for sentence in nothing_pushed(sums):
        say(out, sentence, style="yellow")
    say(out, counts_table(title or f"Run {run_id}", sums))
    if is_preview(sums):
        say(out, skipped_table(sums))
        say(out, "This was a preview: nothing was sent to QuickBooks.")
        say(out, f"To push exactly this: rentaxis-sync approve {run_id[:SHORT]}")
    print_exceptions(sums, causes, out)


def counts_table(title: str, sums: Sequence[DaySum]) -> Table:
    """Record type x created, updated, skipped, failed, money; for a preview, what would be done."""
    outcomes = WOULD if is_preview(sums) else DONE
    numbers = [Column(name.replace("_", " "), right=True) for name in (*outcomes, "amount of these rows")]
    cells: list[list[str]] = []
    for record_type, of_type in by_record_type(sums).items():
        tallies = tally(of_type)
        counts = [str(tallies[outcome].rows if outcome in tallies else 0) for outcome in outcomes]
        cells.append([record_type, *counts, as_read(whole(of_type).money)])
    return table(title, [Column("record type"), *numbers], cells)


def skipped_table(sums: Sequence[DaySum]) -> Table:
    """Why rows would be skipped, with count and money."""
    return table(
        "What would be skipped",
        [Column("reason"), Column("rows", right=True), Column("amount of these rows", right=True)],
        ([cause.meaning, cause.rows, as_read(cause.money)] for cause in why(sums, "skipped")),
    )


def print_exceptions(
    sums: Sequence[DaySum], causes: OpenCauses, out: Console, most: int = _MOST_LINES
) -> None:
    """Failed and waiting rows by cause, the cause with the most money first, with reason and remedy."""
    if not causes.listed:
        if not nothing_pushed(sums):
            say(out, "Nothing needs attention.")
        return
    cells: list[Sequence[object] | None] = []
    lines = shown = 0
    for cause in causes.listed:
        heading = (cause.name, as_read(cause.money), cause.count, cause.remedy)
        cells += [None, [text(value, "bold") for value in heading]]
        listed = _lines(cause)[: max(1, min(_MOST_OF_A_CAUSE, most - lines))]
        cells += [line for line, _ in listed]
        listed_rows = sum(number for _, number in listed)
        lines += len(listed)
        shown += listed_rows
        if listed_rows < cause.rows:
            cells.append([f"... and {cause.rows - listed_rows:,} more", "", "", ""])
    columns = [
        Column("record", widest=32), Column("amount", right=True), Column("reason", share=3), Column("remedy", share=2),
    ]  # fmt: skip
    say(out, table("What needs attention", columns, cells))
    if shown < causes.rows:
        say(
            out,
            f"{shown:,} of {causes.rows:,} rows are shown; `rentaxis-sync results --csv FILE` writes them all.",
        )


def _lines(cause: OpenCause) -> list[tuple[Sequence[object], int]]:
    """The lines below a cause and how many rows each covers: one per record, or one per remedy if there are several."""
    if cause.things == 1:
        return [
            ((row.source_label, as_read(row.amount), row.reason, ""), 1) for row in cause.remedies[0].largest
        ]
    return [
        ((remedy.label, as_read(remedy.money), remedy.largest[0].reason, remedy.text), remedy.rows)
        for remedy in cause.remedies
    ]


_SHOWN_AS = {
    "stops": ("fix", "red"),
    "rows": ("fix", "red"),
    "soon": ("soon", "yellow"),
    "ok": ("ok", "green"),
}


def print_findings(findings: "Sequence[Finding]", out: Console) -> None:
    """Print one line per finding of ``check``."""
    for finding in findings:
        word, color = _SHOWN_AS[finding.severity]
        remedy = f" {finding.how_to_fix}" if finding.how_to_fix else ""
        say(out, text(f"{word:<4}", color), " ", finding.text, remedy)


def print_findings_of_companies(found: "Sequence[FoundFor]", slugs: Sequence[str], out: Console) -> None:
    """Print a table of these companies, whether each can run, and below it a line per finding; what is good is left out."""
    worst = dict.fromkeys(slugs, "can run")
    for each in reversed(found):  # the worst come first
        for slug in each.slugs:
            worst[slug] = {"stops": "cannot run", "rows": "some rows would fail"}.get(
                each.finding.severity, worst[slug]
            )
    say(out, table("Companies", [Column("company"), Column("result")], worst.items()))
    for each in found:
        if each.finding.severity != "ok":
            word, color = _SHOWN_AS[each.finding.severity]
            whose = "all" if len(each.slugs) == len(slugs) > 1 else ", ".join(each.slugs)
            remedy = f" {each.finding.how_to_fix}" if each.finding.how_to_fix else ""
            say(out, text(f"{word:<4}", color), f" {whose}: {each.finding.text}", remedy)
