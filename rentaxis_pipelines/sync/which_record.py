"""Which record a person means: from what was typed (a number, a name, an e-mail or an id) to one record, or a refusal.

Here: looking in RentAxis and in the ledger, and choosing; the same of a QuickBooks object. Not here: asking at a terminal (``cli.which``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.database import connect, migrate
from rentaxis_pipelines.ledger.known_records import (
    KnownObject,
    KnownRecord,
    LastShown,
    known_objects,
    known_records,
    last_shown,
)
from rentaxis_pipelines.matching.names import name_key
from rentaxis_pipelines.matching.vendors import NAME_ALONE
from rentaxis_pipelines.model.record_type import EXPENSE
from rentaxis_pipelines.model.record_types import PARTY_TYPES, in_words
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.lookups import Named, records_known_by
from rentaxis_pipelines.settings import Environment, Scope
from rentaxis_pipelines.sync.companies import refuse_another_company_at, refuse_unconfirmed_company

BY_ID = "id:"  # begins what is an id and nothing else


class RecordNotFound(SourceError):
    """The organization has no such record."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a person knows it. ``names``: what it is called besides its id; no amount or day where nothing tells one."""

    source_type: str
    source_id: str
    label: str
    amount: Decimal | None = None
    day: dt.date | None = None
    names: tuple[str, ...] = ()


class SeveralRecords(SourceError):
    """What was typed fits several records. The text names them by id; ``found`` holds what a screen may show."""

    def __init__(self, source_type: str, found: Sequence[Found]) -> None:
        self.found = tuple(found)
        ids = ", ".join(f"{BY_ID}{record.source_id}" for record in found)
        super().__init__(
            f"{len(found)} {in_words(source_type)}s match what was typed. Nothing was started. Say which one you mean: {ids}."
        )


def record_meant(scope: Scope, source_type: str, typed: str) -> Found:
    """The one record of the type that was meant. Raises RecordNotFound and SeveralRecords, and what ``records_meant`` raises."""
    return only_one(source_type, typed, records_meant(scope, source_type, typed))


def records_meant(scope: Scope, source_type: str, typed: str) -> list[Found]:
    """All records of the type that fit what was typed, by id; what fits letter by letter leaves out what fits but for its case.

    Reads only. Raises CompanyChanged or WrongCompany where organization and QuickBooks company do not belong together.
    """
    by_id = typed.strip().casefold().startswith(BY_ID)
    wanted = " ".join((typed.strip()[len(BY_ID) :] if by_id else typed).split())
    environment, zone = scope.environment, scope.company.zone
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    with source_of(environment) as source:
        refuse_unconfirmed_company(environment, source)
        migrate(url)
        with connect(url) as connection:
            known = known_records(connection, realm, source_type, wanted)
            ids = [record.source_id for record in known]
            named = records_known_by(
                source, source_type, wanted, environment.rentaxis_organization_id, zone, ids=ids
            )
            shown = last_shown(connection, realm, source_type, ids)
    return best_fit(wanted, together(source_type, named, known, shown), by_id=by_id)


def objects_meant(environment: Environment, entity: str, typed: str) -> list[KnownObject]:
    """QuickBooks objects of the entity (Customer, Vendor, Invoice, Payment) with this id or, if none has it, this name.

    As they were when last read. Raises CompanyChanged as ``records_meant``.
    """
    wanted = typed.strip()
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    refuse_another_company_at(environment)
    migrate(url)
    with connect(url) as connection:
        found = known_objects(connection, realm, entity, wanted)
    return [record for record in found if record.quickbooks_id == wanted] or found


def only_one(source_type: str, typed: str, found: Sequence[Found]) -> Found:
    """Raises RecordNotFound where there is none, SeveralRecords where there are several."""
    if len(found) > 1:
        raise SeveralRecords(source_type, found)
    if found:
        return found[0]
    if source_type in PARTY_TYPES:  # what was typed may be a name, which no error holds
        raise RecordNotFound(
            f"RentAxis has no {in_words(source_type)} with that name, e-mail or id in this organization. Nothing was started."
        )
    raise RecordNotFound(
        f"RentAxis has no {in_words(source_type)} with the number or id {typed.strip()} in this organization. Nothing was started."
    )


def together(
    source_type: str,
    named: Iterable[Named],
    known: Iterable[KnownRecord],
    shown: dict[str, LastShown],
) -> list[Found]:
    """What RentAxis has and what the ledger knows, one entry a record, by id."""
    numbers = {record.source_id: record.number for record in known}
    found: dict[str, Found] = {}
    for record in named:
        source_id = record.source_id or f"{NAME_ALONE}{name_key(record.label or '')}"
        number = numbers.pop(source_id, None)
        found.setdefault(
            source_id,
            Found(
                source_type=source_type,
                source_id=source_id,
                label=_label(source_type, source_id, record.label),
                amount=record.amount,
                day=record.day,
                names=(*record.known_by, *([number] if number else [])),
            ),
        )
    for source_id, number in numbers.items():
        last = shown.get(source_id)
        found[source_id] = Found(
            source_type=source_type,
            source_id=source_id,
            label=last.source_label if last else _label(source_type, source_id, number),
            amount=last.amount if last and source_type not in PARTY_TYPES else None,
            day=last.day if last else None,
            names=(number,) if number else (),
        )
    return [found[source_id] for source_id in sorted(found)]


def best_fit(wanted: str, found: Sequence[Found], *, by_id: bool = False) -> list[Found]:
    """Those with exactly this id, number, name or e-mail; without any, those that differ in upper and lower case only."""
    for folded in (str, str.casefold):
        fitting = [record for record in found if folded(wanted) in map(folded, _called(record, by_id))]
        if fitting:
            return fitting
    return []


def described(record: Found) -> str:
    """The record in one line, for a screen: label, amount, day, id."""
    money = [] if record.amount is None else [f"{record.amount:,.2f}"]
    day = [] if record.day is None else [f"{record.day:%B} {record.day.day}, {record.day.year}"]
    return ", ".join([record.label, *money, *day, f"id {record.source_id}"])


def _called(record: Found, by_id: bool) -> list[str]:
    return [record.source_id, *(() if by_id else (" ".join(name.split()) for name in record.names))]


def _label(source_type: str, source_id: str, label: str | None) -> str:
    if source_type == EXPENSE:
        return f"Expense {source_id}" + (f" ({label})" if label else "")
    return f"{in_words(source_type).capitalize()} {label or source_id}"
