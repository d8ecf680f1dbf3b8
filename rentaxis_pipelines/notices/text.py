"""What a notice says, and whether one is due. Pure: facts and settings in, text out.

Without ``include_details`` a notice contains counts and causes only: no names, no amounts, no sentence that could contain one.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.ledger.attention import Need, describe
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.notices.facts import Counted, Facts
from rentaxis_pipelines.render import webhook
from rentaxis_pipelines.render.email import text
from rentaxis_pipelines.settings import Notice

_STATUSES = ("created", "updated", "skipped", "failed")


class Message(msgspec.Struct, frozen=True):
    """A notice ready to send. ``payload`` is what a webhook receives; its ``text`` is the body (Slack and others show that)."""

    subject: str
    body: str
    payload: dict[str, Any]


def is_trouble(facts: Facts) -> bool:
    """Whether a person should look: the run failed, rows failed or are waiting for a person, its plan waits for an approval, a check
    failed, or the connection to QuickBooks expires soon.
    """
    return (
        facts.ended != "success"
        or not facts.ledger
        or bool(facts.checks_failed)
        or facts.plan is not None
        or facts.connection is not None
        or any(_needs_a_person(group) for group in facts.counted)
    )


def is_due(facts: Facts, notice: Notice) -> bool:
    """Whether a notice is sent: for any failed run; for nightly runs as ``when`` says."""
    if notice.when == "never":
        return False
    if facts.ended == "failure":
        return True
    return facts.nightly and (notice.when == "always" or is_trouble(facts))


def trial_message(company: str, who: str) -> Message:
    """A notice that only shows that notices arrive."""
    subject = f"RentAxis to QuickBooks, {company}: a test"
    body = f"{text(who)} sent this to see whether notices arrive. There is nothing to do."
    payload = {
        **webhook.message(f"{subject}\n\n{body}"),
        "subject": subject,
        "company": company,
        "test": True,
    }
    return Message(subject, body, payload)


def message(facts: Facts, notice: Notice) -> Message:
    """The notice, ready to send."""
    details = notice.include_details
    subject = f"RentAxis to QuickBooks, {facts.company}: {_what(facts)} {_how(facts)}"
    by_type: dict[str, list[Counted]] = {}
    for group in facts.counted:
        by_type.setdefault(group.record_type, []).append(group)
    counts = [
        f"{record_type}: {', '.join(_count(groups, status, details) for status in _STATUSES)}"
        for record_type, groups in by_type.items()
    ]
    causes = sorted(
        (group for group in facts.counted if group.need),
        key=lambda group: (group.need != "failed", -group.rows),
    )
    link = f"{notice.dagster_url.rstrip('/')}/runs/{facts.run_id}" if notice.dagster_url else None
    paragraphs = [
        [f"The {_what(facts)} {_how(facts)}."],
        []
        if facts.ledger
        else ["The pipelines database could not be read, so the results of the records are not known."],
        [
            f"Nothing was sent: plan {facts.plan} waits for your approval. Review it (rentaxis-sync plans {facts.plan}), then "
            f"approve it (rentaxis-sync approve {facts.plan})."
        ]
        if facts.plan
        else [],
        [facts.connection] if facts.connection else [],
        counts,
        ["What needs attention:", *(f"- {group.record_type}: {_cause(group, details)}" for group in causes)]
        if causes
        else [],
        [f"Failed checks: {', '.join(facts.checks_failed)}."] if facts.checks_failed else [],
        [text(facts.error)] if details and facts.error else [],
        [f"- {text(sentence)}" for sentence in facts.details] if details else [],
        [f"All rows: rentaxis-sync results --run {facts.run_id}"],
    ]
    body = "\n\n".join("\n".join(lines) for lines in paragraphs if lines)
    payload = {
        **webhook.message(f"{subject}\n\n{body}", link),
        "subject": subject,
        "run_id": facts.run_id,
        "company": facts.company,
        "job": facts.job,
        "first_day": facts.first_day,
        "last_day": facts.last_day,
        "ended": facts.ended,
        "trouble": is_trouble(facts),
        "plan": facts.plan,
        "connection": facts.connection,
        "link": link,
        "rows": [_row_values(group, details) for group in facts.counted],
    }
    return Message(subject, f"{body}\n{link}" if link else body, payload)


def _needs_a_person(group: Counted) -> bool:
    """Rows waiting for another record are pushed automatically once it exists: they are listed, but need no person."""
    return group.need is not None and group.reason_code != ReasonCode.WAITING_FOR_PARENT


def _what(facts: Facts) -> str:
    run = "nightly run" if facts.nightly else f"run of {facts.job}"
    if facts.first_day is None:
        return run
    days = facts.first_day if facts.first_day == facts.last_day else f"{facts.first_day} to {facts.last_day}"
    return f"{run} for {text(days)}"


def _how(facts: Facts) -> str:
    if facts.ended == "failure":
        return "failed before it finished"
    if facts.ended == "canceled":
        return "was stopped before it finished"
    if facts.plan:
        return f"needs an approval (plan {facts.plan})"
    needs: Counter[Need] = Counter()
    for group in facts.counted:
        if group.need:
            needs[group.need] += group.rows
    if needs:
        return f"left {needs.total()} {'record' if needs.total() == 1 else 'records'} to review ({describe(needs)})"
    return "needs review" if is_trouble(facts) else "succeeded"


def _count(groups: list[Counted], status: str, details: bool) -> str:
    of_status = [group for group in groups if group.status == status]
    rows, money = (
        sum(group.rows for group in of_status),
        sum((group.money for group in of_status), Decimal(0)),
    )
    return f"{rows} {status} ({money:,.2f})" if details and rows else f"{rows} {status}"


def _cause(group: Counted, details: bool) -> str:
    meaning = REASONS[ReasonCode(group.reason_code)].meaning if group.reason_code else ""
    total = f" totaling {group.money:,.2f}" if details else ""
    return f"{group.rows} {'record' if group.rows == 1 else 'records'}{total}. {meaning}"


def _row_values(group: Counted, details: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "record_type": group.record_type,
        "status": group.status,
        "reason_code": group.reason_code,
        "rows": group.rows,
    }
    return {**values, "money": f"{group.money:.2f}"} if details else values
