"""Records of all types by number, name, e-mail, amount or id, in RentAxis and in the ledger at once: what a search shows.

Reads only; where RentAxis cannot be asked, the ledger alone is searched, and that is said. Not here: what was typed
(``search_terms``), and the one record that a command means (``sync.which_record``).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import find, results
from rentaxis_pipelines.ledger.find import KnownKey
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.matching.names import name_key
from rentaxis_pipelines.matching.vendors import NAME_ALONE
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED
from rentaxis_pipelines.model.record_types import BY_NAME, DECIDABLE, PARTY_TYPES, whole_key, whole_of
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.lookups import Named, records_known_by, records_of_amount
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.reports.record_names import own_name, record_name
from rentaxis_pipelines.reports.record_state import RecordFacts, Word, state_of
from rentaxis_pipelines.reports.search_terms import SearchTerms
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.companies import refuse_another_company
from rentaxis_pipelines.sync.known_links import decision_states, ids_by_type, links_of_keys

MOST = 50
"""Records shown of one search; who finds more has to say more."""
SOURCE_SECONDS = 5
"""A query of RentAxis may take, before the ledger's answer alone is shown."""

_KNOWN_TYPES: Final = tuple(
    name for kind in REGISTRY for name in kind.source_types if whole_of(name) in DECIDABLE
)
_How = Literal["called", "id", "amount"]
_ORDER: Final[tuple[_How, ...]] = ("called", "id", "amount")


class FoundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``name``: as people say it, with its type; ``amount`` is None for people and companies, ``state`` a word for how it stands."""

    source_type: str
    source_id: str
    name: str
    amount: Decimal | None
    day: dt.date | None
    state: Word


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """``has_more``: there are more than are listed. ``remark``: what could not be searched and why; empty where everything was."""

    records: list[FoundRecord]
    has_more: bool = False
    remark: str = ""


class _Hit(msgspec.Struct, kw_only=True):
    """A record as it was found. ``label``: a number or name."""

    how: _How
    label: str | None = None
    amount: Decimal | None = None
    day: dt.date | None = None


def find_records(scope: Scope, connection: sa.Connection, terms: SearchTerms) -> Findings:
    """The records that are called so, have that id or come to that amount; by number or name first, then newest first.

    Who is called so is meant, and not who has it for an id. Raises CompanyChanged where the ledger holds another organization's records.
    """
    if terms.is_empty:
        return Findings(records=[])
    environment = scope.environment
    refuse_another_company(connection, environment.company_key)
    hits: dict[Key, _Hit] = {}
    _search_ledger(connection, environment.quickbooks_realm_id, terms, hits)
    remark = _search_rentaxis(scope, terms, hits)
    if any(hit.how == "called" for hit in hits.values()):
        hits = {key: hit for key, hit in hits.items() if hit.how != "id"}
    in_order = sorted(hits.items(), key=_place)
    shown = _with_states(connection, scope, in_order[:MOST])
    return Findings(records=shown, has_more=len(in_order) > MOST, remark=remark)


def _place(found: tuple[Key, _Hit]) -> tuple[int, int, int, str]:
    (source_type, source_id), hit = found
    newest_first = -(hit.day or dt.date.min).toordinal()
    return _ORDER.index(hit.how), DECIDABLE.index(source_type), newest_first, source_id


def _search_ledger(connection: sa.Connection, realm: str, terms: SearchTerms, hits: dict[Key, _Hit]) -> None:
    for known in find.called(connection, realm, _KNOWN_TYPES, terms.text, MOST + 1):
        if known.by_id or not terms.only_id:
            _keep(hits, _key_of(known), _Hit(how="id" if known.by_id else "called", label=known.number))
    if terms.amount is not None:
        for known in find.of_amount(connection, realm, _KNOWN_TYPES, terms.amount, MOST + 1):
            _keep(hits, _key_of(known), _Hit(how="amount", label=known.number))


def _key_of(known: KnownKey) -> Key:
    return whole_key((known.source_type, known.source_id))


def _keep(hits: dict[Key, _Hit], key: Key, hit: _Hit) -> None:
    """Keep what is known of it from either side; RentAxis comes last and is right."""
    before = hits.get(key)
    if before is not None:
        hit.how = before.how if _ORDER.index(before.how) < _ORDER.index(hit.how) else hit.how
        hit.label, hit.amount, hit.day = (
            hit.label or before.label,
            hit.amount or before.amount,
            hit.day or before.day,
        )
    hits[key] = hit


def _search_rentaxis(scope: Scope, terms: SearchTerms, hits: dict[Key, _Hit]) -> str:
    """Adds what RentAxis has; returns why it could not be asked, or nothing."""
    try:
        with source_of(scope.environment, SOURCE_SECONDS) as source:
            for how, named in _found_in_rentaxis(source, scope, terms):
                key = (named.source_type, named.source_id or f"{NAME_ALONE}{name_key(named.label or '')}")
                _keep(hits, key, _Hit(how=how, label=named.label, amount=named.amount, day=named.day))
    except (SourceError, SqlModelError) as error:
        return (
            f"Only what was pushed or looked at before was searched, because RentAxis could not be. {error}"
        )
    return ""


def _found_in_rentaxis(
    source: sa.Connection, scope: Scope, terms: SearchTerms
) -> Iterator[tuple[_How, Named]]:
    organization, zone = scope.environment.rentaxis_organization_id, scope.company.zone
    for source_type in DECIDABLE:
        for named in records_known_by(source, source_type, terms.text, organization, zone):
            how = _how_named(terms, named)
            if how == "id" or not terms.only_id:
                yield how, named
    if terms.amount is None:
        return
    for record_type, mapping in MAPPINGS.items():
        for kind in BY_NAME[record_type].sources:
            column = mapping.amount_field
            if column is None:
                continue
            for named in records_of_amount(
                source, kind, column, terms.amount, organization, zone, limit=MOST + 1
            ):
                yield "amount", named


def _how_named(terms: SearchTerms, named: Named) -> _How:
    called = [" ".join(name.split()).casefold() for name in named.known_by]
    return "called" if terms.text.casefold() in called else "id"


def _with_states(
    connection: sa.Connection, scope: Scope, found: Iterable[tuple[Key, _Hit]]
) -> list[FoundRecord]:
    realm, hits = scope.environment.quickbooks_realm_id, dict(found)
    links = links_of_keys(connection, realm, hits)
    decided = decision_states(connection, realm, hits)
    newest: dict[Key, RowResult] = {}
    for source_type, ids in ids_by_type(hits).items():
        for source_id, result in results.newest_of(connection, realm, "", source_type, ids).items():
            newest[source_type, source_id] = result
    return [
        _shown(
            key,
            hit,
            newest.get(key),
            state_of(
                RecordFacts(
                    link=links.get(key), result=newest.get(key), decided=decided.get(key, NOTHING_DECIDED)
                ),
                scope.company.zone,
            ).word,
        )
        for key, hit in hits.items()
    ]


def _shown(key: Key, hit: _Hit, result: RowResult | None, state: Word) -> FoundRecord:
    source_type, source_id = key
    label = result.source_label if result is not None and hit.label is None else hit.label
    if result is not None and own_name(source_type, source_id, label) is None:
        label = result.source_label
    amount = hit.amount if hit.amount is not None or result is None else result.amount
    return FoundRecord(
        source_type=source_type,
        source_id=source_id,
        name=record_name(source_type, source_id, label),
        amount=None if source_type in PARTY_TYPES else amount,
        day=hit.day or (result.day if result is not None else None),
        state=state,
    )
