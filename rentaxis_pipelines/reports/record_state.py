"""How a record stands, in a word and a sentence: in QuickBooks as what since when, or why it is not and what to do. Pure.

Not here: reading what is known of it (``record_page``), and its fields (``both_sides``).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Decision, DecisionState, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import PARTY_ENTITIES, in_words
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render.templates import day as day_in_words
from rentaxis_pipelines.reports.desk_words import is_match, remedy_of
from rentaxis_pipelines.reports.record_names import for_people

Word = Literal[
    "in QuickBooks", "failed", "waiting", "to apply by hand", "excluded", "undone", "voided", "deleted in QuickBooks",
    "not pushed", "never pushed",
]  # fmt: skip
_HOW_LINKED: Final[Mapping[str, str]] = {
    "created": "In QuickBooks as {object} since {day}.",
    "adopted": "In QuickBooks as {object}, found there and linked on {day}.",
    "matched_email": "Linked to {object} in QuickBooks on {day}, because the e-mail address is the same.",
    "confirmed": "Linked to {object} in QuickBooks by a person on {day}.",
    "imported": "In QuickBooks as {object}: RentAxis imported it from there.",
}


class RecordFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a record. ``result``: the newest that is no preview's; ``written``: when its object was made."""

    link: Link | None = None
    written: dt.datetime | None = None
    result: RowResult | None = None
    decided: DecisionState = NOTHING_DECIDED
    question: Question | None = None


class RecordState(msgspec.Struct, frozen=True):
    """``to_do`` is empty where nobody has to do anything."""

    word: Word
    sentence: str
    to_do: str = ""

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look."""
        return self.word in ("failed", "waiting", "to apply by hand")


def state_of(facts: RecordFacts, zone: ZoneInfo) -> RecordState:
    """How the record stands; days are those of ``zone``."""
    stands = _stands(facts, zone)
    excluded = facts.decided.excluded
    if excluded is not None:
        return _left_out(excluded, stands, zone)
    if facts.link is not None and facts.link.state == "gone":
        return RecordState("deleted in QuickBooks", *_gone(facts, stands))
    if open_state := _open(facts, stands, zone):
        return open_state
    if facts.link is not None and stands:
        word: Word = "voided" if _is_voided(facts.link) else "in QuickBooks"
        return RecordState(word, stands)
    if facts.result is None:
        return RecordState("never pushed", "It was never pushed to QuickBooks.")
    return _skipped(facts.result)


def object_in_words(link: Link) -> str:
    """``invoice INV-0042``, ``customer Ada Byron``; what has no number is said without."""
    kind = in_words(link.quickbooks_type)
    if link.quickbooks_number:
        return f"{kind} {link.quickbooks_number}"
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"


def _stands(facts: RecordFacts, zone: ZoneInfo) -> str:
    """What stands in QuickBooks; empty for what never did."""
    link = facts.link
    if link is None:
        return ""
    what = object_in_words(link)
    day = _day(facts.written or link.updated_at, zone)
    if link.state == "gone":
        return f"It was in QuickBooks as {what}, and has been deleted there."
    if link.state == "void":
        last = _day(link.updated_at, zone)
        how = "inactive" if link.quickbooks_type in PARTY_ENTITIES else "voided"
        return f"{what[:1].upper()}{what[1:]} is {how} in QuickBooks, last changed by us on {last}."
    return _HOW_LINKED[link.origin].format(object=what, day=day)


def _is_voided(link: Link) -> bool:
    return link.state == "void"


def _left_out(excluded: Decision, stands: str, zone: ZoneInfo) -> RecordState:
    day, why = _day(excluded.decided_at, zone), excluded.why.rstrip(" .")
    if excluded.kind == "undo":
        sentence = f"Held since {excluded.who} undid the run that pushed it, on {day}: {why}."
    else:
        sentence = f"Excluded by {excluded.who} on {day}: {why}."
    kept = f" {stands} It stays there as it is." if stands and "deleted" not in stands else ""
    word: Word = "undone" if excluded.kind == "undo" else "excluded"
    return RecordState(word, f"{sentence}{kept}", "Include it again if it should be pushed.")


def _gone(facts: RecordFacts, stands: str) -> tuple[str, str]:
    result = facts.result
    if result is not None and result.status == "failed" and result.how_to_fix:
        return stands, _to_do(result)
    return stands, "Push it again to make a new one, or exclude it."


def _open(facts: RecordFacts, stands: str, zone: ZoneInfo) -> RecordState | None:
    """What of it needs a person, by its newest result; None where nothing does."""
    result = facts.result
    need = need_of(result.status, result.reason_code) if result is not None else None
    if result is None or need is None:
        return None
    day, reason, to_do = _day(result.finished_at, zone), _reason(result), _to_do(result)
    if need == "failed":
        last = f"The last push failed on {day}" if stands else f"Not in QuickBooks: it failed on {day}"
        return RecordState("failed", _joined(stands, f"{last} because: {reason}"), to_do)
    if need == "waiting":
        if facts.question is not None:
            reason = _ended(for_people(facts.question.reason, result.source_id))
        return RecordState("waiting", _joined(stands, f"Waiting since {day}: {reason}"), to_do)
    return RecordState("to apply by hand", _joined(stands, reason), to_do)


def _skipped(result: RowResult) -> RecordState:
    return RecordState("not pushed", f"Not in QuickBooks: {_reason(result)}", _to_do(result))


def _to_do(result: RowResult) -> str:
    """The remedy as a page says it."""
    code = result.reason_code
    own = remedy_of(code, result.how_to_fix) if code is not None and is_match(code) else result.how_to_fix
    remedy = for_people(own or "", result.source_id)
    return "" if remedy.startswith("Nothing to do") else remedy


def _reason(result: RowResult) -> str:
    return _ended(for_people(result.reason or "it was left out", result.source_id))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _ended(sentence: str) -> str:
    text = sentence.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _day(at: dt.datetime, zone: ZoneInfo) -> str:
    return day_in_words(at.astimezone(zone).date())
