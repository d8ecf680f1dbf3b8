"""What the probe writes at the end: the report for people, the switches for the emulator, and both as one value for scripts.

Not here: the exchanges, which are written after each experiment (``run``), and what is replaced in them (``redact``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.probe.cleanup import INACTIVE
from rentaxis_pipelines.probe.counts import unexplained
from rentaxis_pipelines.probe.experiment import Experiment, Seen, SwitchValue
from rentaxis_pipelines.probe.journal import Made
from rentaxis_pipelines.probe.run import Outcome
from rentaxis_pipelines.probe.switch_table import switch_rows
from rentaxis_pipelines.render.markdown import Markdown, blocks, bold, heading, paragraph, table
from rentaxis_pipelines.safety.private_files import written_privately

REPORT, SWITCHES = "report.md", "switches.json"


def switches_of(outcome: Outcome) -> dict[str, SwitchValue]:
    """Every switch that was measured, with its value."""
    return {
        name: value
        for _, seen in sorted(outcome.journal.seen.items())
        for name, value in seen.switches.items()
    }


def as_value(outcome: Outcome, catalogue: Sequence[Experiment]) -> dict[str, Any]:
    """The outcome as data, for scripts."""
    journal = outcome.journal
    return {
        "experiments": [
            {
                "number": experiment.number,
                "name": experiment.name,
                "expected": experiment.expected,
                **msgspec.to_builtins(journal.seen[experiment.number]),
            }
            for experiment in catalogue
            if experiment.number in journal.seen
        ],
        "switches": switches_of(outcome),
        "inactive": [_described(created) for created in journal.left if created.left == INACTIVE],
        "to_remove_by_hand": [
            {**_described(created), "why": created.left}
            for created in journal.left
            if created.left != INACTIVE
        ],
        "counts": {"before": journal.counts, "after": outcome.after},
        "unexplained": unexplained(journal.counts, outcome.after, journal.left),
    }


def write_report(outcome: Outcome, catalogue: Sequence[Experiment], folder: Path) -> None:
    """Write report.md and switches.json into ``folder``."""
    with written_privately(folder / REPORT) as beside:
        beside.write_text(f"{report(outcome, catalogue)}\n", encoding="utf-8")
    with written_privately(folder / SWITCHES) as beside:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(switches_of(outcome)), indent=2) + b"\n")


def in_short(outcome: Outcome, catalogue: Sequence[Experiment]) -> str:
    """A line for each experiment, and what stays, for a screen."""
    seen, left = outcome.journal.seen, outcome.journal.left
    lines = [
        f"{experiment.number:>3}  {_verdict(seen[experiment.number])}: {seen[experiment.number].said}"
        for experiment in catalogue
        if experiment.number in seen
    ]
    inactive = sum(created.left == INACTIVE for created in left)
    lines.append(f"{inactive} names created by the probe remain, inactive: QuickBooks does not delete them.")
    lines += [
        f"Remove by hand: {created.entity} {created.quickbooks_id}, {created.key}. {created.left}"
        for created in left
        if created.left != INACTIVE
    ]
    if more := unexplained(outcome.journal.counts, outcome.after, left):
        lines.append(
            f"Besides those, more (or fewer) records than before: {', '.join(f'{kind} {number:+}' for kind, number in more.items())}."
        )
    return "\n".join(lines)


def report(outcome: Outcome, catalogue: Sequence[Experiment]) -> Markdown:
    """The report: what was asked, expected and seen, what stays in the company, and its counts."""
    seen = outcome.journal.seen
    done = [(experiment, seen[experiment.number]) for experiment in catalogue if experiment.number in seen]
    return blocks(
        heading("What QuickBooks did"),
        paragraph(_overview(done)),
        table(
            ["No.", "Question", "Expected", "Seen", "Verdict", "Switches", "Source"],
            [_row(experiment, what) for experiment, what in done],
        ),
        heading("The emulator's switches", level=2),
        paragraph(
            "Those with a value are in switches.json. Sent to a running emulator (POST to /_emulator/switches), they make it behave like "
            "this company."
        ),
        table(["Switch", "Value", "How it was found"], switch_rows(catalogue, seen)),
        heading("What remains in the company", level=2),
        _stays(outcome.journal.left),
        heading("Its records before and after", level=2),
        _counts(outcome),
    )


def _overview(done: Sequence[tuple[Experiment, Seen]]) -> str:
    parts = [f"{len(done)} experiments were run."]
    for verdict, heading_of_count in (("different", "Unexpected results"), ("no result", "Without a result")):
        numbers = [str(experiment.number) for experiment, seen in done if _verdict(seen) == verdict]
        named = f" (experiments {', '.join(numbers)})" if numbers else ""
        parts.append(f"{heading_of_count}: {len(numbers)}{named}.")
    return " ".join(parts)


def _row(experiment: Experiment, seen: Seen) -> list[object]:
    switches = ", ".join(f"{name} = {_spelled(value)}" for name, value in seen.switches.items())
    verdict = _verdict(seen)
    return [
        experiment.number, experiment.question, experiment.expected, seen.said, bold(verdict) if seen.as_expected is False else verdict,
        switches, experiment.source,
    ]  # fmt: skip


def _stays(left: Sequence[Made]) -> Markdown:
    inactive = [created for created in left if created.left == INACTIVE]
    other = [created for created in left if created.left != INACTIVE]
    return blocks(
        paragraph(
            f"QuickBooks does not delete names and list items. These {len(inactive)} were made inactive:"
            if inactive
            else "The probe left nothing inactive."
        ),
        table(
            ["Type", "Id", "Name"],
            [[created.entity, created.quickbooks_id, created.key] for created in inactive],
        )
        if inactive
        else paragraph(),
        paragraph("These could not be removed. Remove them in QuickBooks manually:")
        if other
        else paragraph(),
        table(
            ["Type", "Id", "Name or number", "Why"],
            [[created.entity, created.quickbooks_id, created.key, created.left] for created in other],
        )
        if other
        else paragraph(),
    )


def _counts(outcome: Outcome) -> Markdown:
    before, after, left = outcome.journal.counts, outcome.after, outcome.journal.left
    more = unexplained(before, after, left)
    rows = [
        [
            entity,
            before.get(entity),
            number,
            sum(created.entity == entity for created in left),
            more.get(entity, 0),
        ]
        for entity, number in after.items()
        if number is not None and before.get(entity) is not None
    ]
    sentence = (
        "Apart from those listed above, there are more or fewer records than before. Someone else may have worked in the company."
        if more
        else "Apart from those listed above, there are as many records of each type as before."
    )
    right = ("Before", "After", "Listed above", "Unexplained")
    return blocks(paragraph(sentence), table(["Type", *right], rows, right=right))


def _described(created: Made) -> dict[str, str]:
    return {"type": created.entity, "id": created.quickbooks_id, "name": created.key}


def _spelled(value: SwitchValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _verdict(seen: Seen) -> str:
    if not seen.told:
        return "no result"
    return {True: "as expected", False: "different", None: "seen"}[seen.as_expected]
