"""The result of a run from its sums, however many rows it has: by record type, how far it is, what a filter chooses, and why rows failed.

Pure. Here: what follows from ``run_sums``. Not here: reading (``ledger``), words for what a run was (``run_words``), the same from a list
of rows (``run_rows``, ``range_result``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.attention import Need, need_of
from rentaxis_pipelines.ledger.run_causes import SHOWN, RemedyRows
from rentaxis_pipelines.ledger.run_rows_page import Group
from rentaxis_pipelines.ledger.run_sums import RunSum
from rentaxis_pipelines.model.reasons import REASONS, WAITING, ReasonCode
from rentaxis_pipelines.model.record_types import BY_NAME, in_words
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.reports import desk_words, run_words

OUTCOMES = ("created", "updated", "skipped", "failed")
ATTENTION, TO_PUSH = "attention", "to_push"
SEARCHED_ROW_BY_ROW = (
    20_000  # rows of one record type; in more, a text is looked for at the beginning of numbers and names
)
_ORDER = {kind.name: at for at, kind in enumerate(REGISTRY)}
_ZERO = Decimal("0.00")


class Amount(msgspec.Struct, frozen=True):
    """Rows, and the total of their amounts."""

    rows: int = 0
    money: Decimal = _ZERO


class TypeResult(msgspec.Struct, frozen=True):
    """One record type of a run. ``outcomes``: by status; what a preview would push is ``to_push`` there, and not skipped.

    ``read``: records read from RentAxis, None where the type only came along with another one.
    """

    record_type: str
    read: int | None
    outcomes: dict[str, Amount]
    waiting: int
    whole: Amount


def outcome_of(status: str, reason_code: str) -> str:
    """The status; what a preview would push is ``to_push``."""
    return TO_PUSH if reason_code == ReasonCode.PREVIEW else status


def by_type(sums: Iterable[RunSum], read: Mapping[str, int]) -> list[TypeResult]:
    """The result of each record type that was read or has rows, in the order they are pushed."""
    of_type: dict[str, list[RunSum]] = {name: [] for name in read}
    for each in sums:
        of_type.setdefault(each.record_type, []).append(each)
    return [_of_type(name, of_type[name], read.get(name)) for name in sorted(of_type, key=_place)]


def _of_type(name: str, sums: Sequence[RunSum], read: int | None) -> TypeResult:
    outcomes: dict[str, Amount] = {}
    for each in sums:
        outcome = outcome_of(each.status, each.reason_code)
        before = outcomes.get(outcome, Amount())
        outcomes[outcome] = Amount(before.rows + each.rows, before.money + each.amount)
    waiting = sum(each.rows for each in sums if need_of(each.status, each.reason_code) == "waiting")
    return TypeResult(name, read, outcomes, waiting, total(sums))


def total(sums: Iterable[RunSum]) -> Amount:
    """All rows of these sums. Money only means something within one record type: an invoice and its payment are the same money."""
    rows, money = 0, _ZERO
    for each in sums:
        rows, money = rows + each.rows, money + each.amount
    return Amount(rows, money)


def needs_of(sums: Iterable[RunSum]) -> Counter[Need]:
    """How many rows need attention, by what they need."""
    needs: Counter[Need] = Counter()
    for each in sums:
        if need := need_of(each.status, each.reason_code):
            needs[need] += each.rows
    return needs


class Progress(msgspec.Struct, frozen=True):
    """How many of the records read so far have their result. More may be read: types are planned one after another."""

    done: int
    read: int


def progress_of(sums: Iterable[RunSum], read: Mapping[str, int]) -> Progress:
    """Of records alone: customers and vendors that come along are counted where they were asked for themselves."""
    done: Counter[str] = Counter()
    for each in sums:
        done[each.record_type] += each.rows
    return Progress(sum(min(done[name], rows) for name, rows in read.items()), sum(read.values()))


class RowFilter(msgspec.Struct, frozen=True):
    """Which rows of a run; empty: all. ``outcome``: one of OUTCOMES, ``to_push`` or ``attention``."""

    outcome: str = ""
    record_type: str = ""
    reason_code: str = ""

    def chooses(self, each: RunSum) -> bool:
        """Whether it chooses the rows of that sum."""
        if self.outcome == ATTENTION and need_of(each.status, each.reason_code) is None:
            return False
        if self.outcome not in ("", ATTENTION, outcome_of(each.status, each.reason_code)):
            return False
        return self.record_type in ("", each.record_type) and self.reason_code in ("", each.reason_code)


class Chosen(msgspec.Struct, frozen=True):
    """What is read of a run's rows: ``groups``, in ``whole`` so many rows where no text is looked for.

    ``by_beginning``: the text is looked for at the beginning of numbers and names, which come in the order of the alphabet.
    """

    groups: list[Group]
    containing: str
    by_beginning: bool
    whole: int


def chosen(sums: Iterable[RunSum], which: RowFilter, text: str = "") -> Chosen:
    """The groups of rows that the filter chooses, and how the text is looked for in them."""
    sums = [each for each in sums if which.chooses(each)]
    rows: Counter[str] = Counter()
    for each in sums:
        rows[each.record_type] += each.rows
    whole = sum(rows.values())
    if not text or whole <= SEARCHED_ROW_BY_ROW:
        return Chosen([_group(each) for each in sums], text, by_beginning=False, whole=whole)
    groups = [_group(each, beginning) for each in sums for beginning in beginnings(each.record_type, text)]
    return Chosen(groups, "", by_beginning=True, whole=whole)


def _group(each: RunSum, beginning: str = "") -> Group:
    return Group(each.record_type, each.status, each.reason_code, beginning)


def beginnings(record_type: str, text: str) -> list[str]:
    """How labels begin that have the text at the beginning of their number or name: ``inv-7`` and ``Invoice inv-7``. No label begins in two of these ways."""
    found = [text]
    for source_type in BY_NAME[record_type].source_types if record_type in BY_NAME else ():
        word = in_words(source_type)
        if not word.startswith(text.lower()) and not text.lower().startswith(f"{word} "):
            found.append(f"{word} {text}")
    return found


class RunCause(msgspec.Struct, frozen=True):
    """Rows that need attention for one reason; ``rows`` and ``money`` are all of them. ``remedies``: what clears them, most money first.

    ``unlisted``: rows that are under none of the remedies, because there are too many of them.
    """

    code: str
    meaning: str
    rows: int
    money: Decimal
    remedies: list[RemedyRows]

    @property
    def unlisted(self) -> int:
        return self.rows - sum(remedy.rows for remedy in self.remedies)

    @property
    def weight(self) -> Decimal:
        """Of what was looked at."""
        return sum((remedy.weight for remedy in self.remedies), _ZERO)


def open_groups(sums: Iterable[RunSum]) -> list[Group]:
    """The groups of rows that need attention."""
    return chosen(sums, RowFilter(outcome=ATTENTION)).groups


def causes(sums: Iterable[RunSum], remedies: Sequence[RemedyRows]) -> list[RunCause]:
    """Why rows need attention, the most money first, in the desk's words. ``remedies``: of ``open_groups``.

    Waiting rows are one cause, whatever each waits for. For any other reason each remedy is a cause of its own, as two missing mappings
    are two causes; only where there are more rows than were looked at do they stay together.
    """
    totals: dict[str, Amount] = {}
    for each in sums:
        if need_of(each.status, each.reason_code):
            before = totals.get(each.reason_code, Amount())
            totals[each.reason_code] = Amount(before.rows + each.rows, before.money + each.amount)
    of_code: dict[str, list[RemedyRows]] = {}
    for remedy in _as_said(remedies):
        of_code.setdefault(remedy.reason_code, []).append(remedy)
    made: list[RunCause] = []
    for code, whole in totals.items():
        listed = of_code.get(code, [])
        complete = sum(remedy.rows for remedy in listed) == whole.rows
        if complete and code not in WAITING:
            made += [_cause(code, Amount(remedy.rows, remedy.amount), [remedy]) for remedy in listed]
        else:
            made.append(_cause(code, whole, listed))
    return sorted(made, key=lambda cause: (-cause.weight, cause.code))


def _as_said(remedies: Iterable[RemedyRows]) -> list[RemedyRows]:
    """In the desk's words; those that are the same then are one, the one that clears the most money first."""
    of_text: dict[tuple[str, str], RemedyRows] = {}
    for each in remedies:
        key = (each.reason_code, run_words.remedy(each.reason_code, each.how_to_fix))
        before = of_text.get(key, RemedyRows(*key, 0, _ZERO, _ZERO, []))
        largest = sorted([*before.largest, *each.largest], key=lambda row: -abs(row.amount))
        of_text[key] = RemedyRows(
            *key,
            before.rows + each.rows,
            before.amount + each.amount,
            before.weight + each.weight,
            largest[:SHOWN],
        )
    return sorted(of_text.values(), key=lambda remedy: -remedy.weight)


def _cause(code: str, whole: Amount, remedies: list[RemedyRows]) -> RunCause:
    return RunCause(code, meaning_of(code), whole.rows, whole.money, remedies)


def meaning_of(code: str) -> str:
    """What the reason means, as a sentence of the desk; empty for a code that this version does not know."""
    return desk_words.meaning_of(code) if code in REASONS else ""


def _place(record_type: str) -> tuple[int, str]:
    return _ORDER.get(record_type, len(_ORDER)), record_type
