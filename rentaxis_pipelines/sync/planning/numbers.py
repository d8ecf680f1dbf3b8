"""Who gets which number in QuickBooks: RentAxis' own wherever no other object has it, a stable one of ours otherwise.

QuickBooks compares numbers without case. An object that stands there holds its number, a voided one too; a record that does not
stand there and is not about to holds none (a draft, one that was refused, excluded, or void before its first push). One that was
imported from QuickBooks does. A number that is given up is taken by who wants it in the same run: the one gives it up first.

Here: sharing numbers out among the records of a plan and all that is linked. Not here: what a number looks like (``mapping``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from rentaxis_pipelines.ledger import links, results
from rentaxis_pipelines.mapping.text import derived_number, is_derived_number
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, ENTITY_LINKED_BY_HAND, NUMBER_FIELD
from rentaxis_pipelines.model.source_records import Transaction
from rentaxis_pipelines.sync.run import Run

# QuickBooks changes such a payment no more, so a number is not worth another try.
_CANNOT_CHANGE = (ReasonCode.DEPOSITED, ReasonCode.MATCHED_TO_BANK)


@dataclass(frozen=True)
class NumberWanted:
    """One record and the number it wants, None where it is nobody's to take. ``row``: what is planned if that number is taken, or not."""

    source_id: str
    number: str | None
    row: Callable[[bool], PlannedRow]
    is_imported: bool = False
    own_is_barred: bool = False


def number_wanted(
    record: Transaction,
    number: str | None,
    decided: Mapping[str, DecisionState],
    row: Callable[[bool], PlannedRow],
) -> NumberWanted:
    """The number a record wants. One that a person wants made beside another of its number goes without it, and so does one whose
    number looks like one of ours: that may be another record's.
    """
    imported = record.imported_link
    decision = decided.get(record.source_id)
    return NumberWanted(
        record.source_id,
        number,
        row,
        is_imported=imported is not None and imported.origin == "imported",
        own_is_barred=(decision is not None and decision.make_new is not None) or is_derived_number(number),
    )


def numbered(
    run: Run,
    source_type: str,
    numbers_wanted: Sequence[NumberWanted],
    known: Mapping[str, Link],
    taken: Mapping[str, str],
) -> list[PlannedRow]:
    """A row for each number wanted, in their order but for those that take a number another gives up. ``known``: links by source id;
    ``taken``: numbers, folded, that a record of the same plan was given before.

    One metered read where an object that stands is to get another number.
    """
    shares = _Shares({wanted_number.source_id: wanted_number for wanted_number in numbers_wanted}, known)
    wanted = [wanted_number.number for wanted_number in numbers_wanted if wanted_number.number is not None]
    folded = {number.casefold() for number in wanted}
    shares.held = links.holders_of_numbers(run.connection, run.realm, source_type, wanted) | {
        number: holder for number, holder in taken.items() if number in folded
    }
    shares.share_out()
    while barred := _taken_there(run, source_type, shares):
        shares.barred |= barred
        shares.share_out()
    rows = [shares.rows[wanted_number.source_id] for wanted_number in numbers_wanted]
    return _givers_first(rows, shares) if BY_SOURCE_TYPE[source_type].unique_number else rows


@dataclass
class _Shares:
    """Numbers being shared out. ``held``: by whom each wanted number is held now, by folded number."""

    numbers_wanted: Mapping[str, NumberWanted]
    known: Mapping[str, Link]
    held: Mapping[str, str] = field(default_factory=dict[str, str])
    barred: set[str] = field(default_factory=set[str])
    rows: dict[str, PlannedRow] = field(default_factory=dict[str, PlannedRow])

    def share_out(self) -> None:
        """Plan every record; who cannot have its number is planned without it, until that changes nothing any more."""
        plain = {
            wanted_number.source_id: wanted_number.row(wanted_number.own_is_barred)
            for wanted_number in self.numbers_wanted.values()
        }
        without = {
            source_id for source_id in self.numbers_wanted if self.numbers_wanted[source_id].own_is_barred
        } | self.barred
        without |= {source_id for source_id, row in plain.items() if self._keeps_another(source_id, row)}
        self.rows = {
            source_id: self.numbers_wanted[source_id].row(True) if source_id in without else plain[source_id]
            for source_id in plain
        }
        while losers := self._losers(without):
            without |= losers
            self.rows |= {source_id: self.numbers_wanted[source_id].row(True) for source_id in losers}

    def current_number(self, source_id: str) -> str | None:
        """The number the record's object has in QuickBooks now, folded."""
        link = self.known.get(source_id)
        number = link.quickbooks_number if link is not None and link.state != "gone" else None
        return None if number is None else number.casefold()

    def _keeps_another(self, source_id: str, row: PlannedRow) -> bool:
        """Whether its object stands under another number and is not going to be given its own: not changed, or voided."""
        number = self.numbers_wanted[source_id].number
        now = self.current_number(source_id)
        changes = row.status is None and row.action in ("create", "update")
        return number is not None and now is not None and now != number.casefold() and not changes

    def _losers(self, without: set[str]) -> set[str]:
        """Those that count on a number which another holds, or comes first to."""
        holders = {number: holder for number, holder in self.held.items() if holder not in self.rows}
        for source_id, row in self.rows.items():
            now, number = self.current_number(source_id), self.numbers_wanted[source_id].number
            if now is not None and not _gives_up(row, now):
                holders.setdefault(now, source_id)
            elif self.numbers_wanted[source_id].is_imported and number is not None:
                holders.setdefault(number.casefold(), source_id)
        losers: set[str] = set()
        for source_id in sorted(self.rows.keys() - without, key=self._precedence):
            number = self.numbers_wanted[source_id].number
            row = self.rows[source_id]
            if number is None or row.status is not None or row.action == "void":
                continue
            if holders.setdefault(number.casefold(), source_id) != source_id:
                losers.add(source_id)
        return losers

    def _precedence(self, source_id: str) -> tuple[bool, bool, int, str]:
        """Who has the number already, then what stands in QuickBooks, then the oldest record."""
        number = self.numbers_wanted[source_id].number or ""
        now = self.current_number(source_id)
        return now != number.casefold(), now is None, len(source_id), source_id

    def taking(self) -> dict[str, str]:
        """Objects that stand and are to get another number, by source id: the number, folded."""
        return {
            source_id: key.casefold()
            for source_id, row in self.rows.items()
            if self.numbers_wanted[source_id].number is not None
            and row.status is None
            and row.action == "update"
            and (key := row.readable_key) is not None
            and key == self.numbers_wanted[source_id].number
            and key.casefold() != self.current_number(source_id)
        }


def given_in(rows: Iterable[PlannedRow]) -> dict[str, str]:
    """The numbers, folded, that these rows will give their records."""
    return {
        row.readable_key.casefold(): row.source_id
        for row in rows
        if row.status is None and row.action in ("create", "update") and row.readable_key is not None
    }


def _taken_there(run: Run, source_type: str, shares: _Shares) -> set[str]:
    """Of those that are to get another number: whose it is in QuickBooks by somebody else's object, and which are changed no more."""
    taking = shares.taking()
    if not taking:
        return set()
    fixed: set[str] = set()
    for reason in _CANNOT_CHANGE:
        fixed |= results.refused_before(run.connection, run.realm, source_type, taking, reason)
    entity = ENTITY_LINKED_BY_HAND[source_type]
    name = NUMBER_FIELD[entity]
    wanted = sorted({shares.rows[source_id].readable_key or "" for source_id in taking.keys() - fixed})
    there = run.client.query_in(entity, name, wanted) if wanted else []
    owners = links.owners_of(run.connection, run.realm, entity, [str(current["Id"]) for current in there])
    others = {
        str(current[name]).casefold()
        for current in there
        if owners.get(str(current["Id"]), ("", ""))[1] not in shares.rows
    }
    return fixed | {source_id for source_id, number in taking.items() if number in others}


def _givers_first(rows: Sequence[PlannedRow], shares: _Shares) -> list[PlannedRow]:
    """Who gives a number up goes before who takes it, in another batch. Where they want each other's, one is renumbered first."""
    giving: dict[str, PlannedRow] = {}
    for row in rows:
        now = shares.current_number(row.source_id)
        if now is not None and _gives_up(row, now):
            giving[now] = row
    ordered: dict[str, PlannedRow] = {}

    def put(row: PlannedRow, waiting: tuple[str, ...]) -> None:
        if row.source_id in ordered:
            return
        giver = giving.get(_key(row)) if row.status is None else None
        if giver is not None and giver.source_id in waiting:
            circles.add(giver.source_id)
        elif giver is not None and giver.source_id != row.source_id:
            put(giver, (*waiting, row.source_id))
        now = shares.current_number(row.source_id)
        keys = [f"{row.quickbooks_type}:{now}"] if now in giving and giving[now] is row else []
        ordered[row.source_id] = msgspec.structs.replace(row, conflict_keys=[*row.conflict_keys, *keys])

    circles: set[str] = set()
    for row in rows:
        put(row, ())
    return [
        msgspec.structs.replace(row, release={"DocNumber": derived_number("I", row.source_id)})
        if row.source_id in circles
        else row
        for row in ordered.values()
    ]


def _gives_up(row: PlannedRow, now: str) -> bool:
    """Whether the row writes another number than its object has ``now``."""
    return row.status is None and row.action == "update" and now != _key(row)


def _key(row: PlannedRow) -> str:
    return (row.readable_key or "").casefold()
