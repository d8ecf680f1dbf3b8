"""What a notice says, and whether one is due. Pure: facts and settings in, words out.

Without ``include_details`` a notice holds counts and causes only: no name, no amount, no sentence that could contain one.
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
    """A notice ready to send. ``payload`` is what a webhook gets; its ``text`` is the body (Slack and others show that)."""

    subject: str
    body: str
    payload: dict[str, Any]


def is_trouble(facts: Facts) -> bool:
    """Whether somebody should look: it did not end well, rows failed or wait for a person, a check found something wrong, or the
    connection to QuickBooks ends soon.
    """
    return (
        facts.ended != "success"
        or not facts.ledger
        or bool(facts.checks_failed)
        or facts.connection is not None
        or any(_needs_a_person(one) for one in facts.counted)
    )


def is_due(facts: Facts, notice: Notice) -> bool:
    """Whether a notice is sent: of any run that failed; of nightly ones by what ``when`` says."""
    if notice.when == "never":
        return False
    if facts.ended == "failure":
        return True
    return facts.nightly and (notice.when == "always" or is_trouble(facts))


def message(facts: Facts, notice: Notice) -> Message:
    """The words of the notice."""
    details = notice.include_details
    subject = f"RentAxis to QuickBooks, {facts.company}: {_what(facts)} {_how(facts)}"
    by_type: dict[str, list[Counted]] = {}
    for one in facts.counted:
        by_type.setdefault(one.record_type, []).append(one)
    counts = [
        f"{record_type}: {', '.join(_count(found, status, details) for status in _STATUSES)}"
        for record_type, found in by_type.items()
    ]
    causes = sorted(
        (one for one in facts.counted if one.need), key=lambda one: (one.need != "failed", -one.rows)
    )
    link = f"{notice.dagster_url.rstrip('/')}/runs/{facts.run_id}" if notice.dagster_url else None
    paragraphs = [
        [f"The {_what(facts)} {_how(facts)}."],
        [] if facts.ledger else ["The pipelines' database could not be asked what became of the records."],
        [facts.connection] if facts.connection else [],
        counts,
        ["What needs attention:", *(f"- {one.record_type}: {_cause(one, details)}" for one in causes)]
        if causes
        else [],
        [f"Checks that found something wrong: {', '.join(facts.checks_failed)}."]
        if facts.checks_failed
        else [],
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
        "connection": facts.connection,
        "link": link,
        "rows": [_told(one, details) for one in facts.counted],
    }
    return Message(subject, f"{body}\n{link}" if link else body, payload)


def _needs_a_person(one: Counted) -> bool:
    """What waits for another record goes through by itself once that one is there: it is said, but nobody is called for it."""
    return one.need is not None and one.reason_code != ReasonCode.WAITING_FOR_PARENT


def _what(facts: Facts) -> str:
    run = "nightly run" if facts.nightly else f"run of {facts.job}"
    if facts.first_day is None:
        return run
    days = facts.first_day if facts.first_day == facts.last_day else f"{facts.first_day} to {facts.last_day}"
    return f"{run} for {text(days)}"


def _how(facts: Facts) -> str:
    if facts.ended == "failure":
        return "failed before it was done"
    if facts.ended == "canceled":
        return "was stopped before it was done"
    needs: Counter[Need] = Counter()
    for one in facts.counted:
        if one.need:
            needs[one.need] += one.rows
    if needs:
        return f"left {needs.total()} {'record' if needs.total() == 1 else 'records'} to look at ({describe(needs)})"
    return "needs a look" if is_trouble(facts) else "went through"


def _count(found: list[Counted], status: str, details: bool) -> str:
    of_status = [one for one in found if one.status == status]
    rows, money = sum(one.rows for one in of_status), sum((one.money for one in of_status), Decimal(0))
    return f"{rows} {status} ({money:,.2f})" if details and rows else f"{rows} {status}"


def _cause(one: Counted, details: bool) -> str:
    meaning = REASONS[ReasonCode(one.reason_code)].meaning if one.reason_code else ""
    worth = f" worth {one.money:,.2f}" if details else ""
    return f"{one.rows} {'record' if one.rows == 1 else 'records'}{worth}. {meaning}"


def _told(one: Counted, details: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "record_type": one.record_type,
        "status": one.status,
        "reason_code": one.reason_code,
        "rows": one.rows,
    }
    return {**told, "money": f"{one.money:.2f}"} if details else told
