"""Which record types the proof is about: those every company has, and the others where they are pushed or once were.

Not here: which types a run pushes (``sync.choice``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.record_types import BASIC_TYPES, BY_NAME, NUMBER_FIELD, OPTIONAL_TYPES
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.choice import enabled_types
from rentaxis_pipelines.sync.source import RentAxis


def proved_types(connection: sa.Connection, environment: Environment, company: Company) -> frozenset[str]:
    """The names of the types. Raises SourceError if RentAxis cannot be asked what it is set to sync."""
    pushed = enabled_types(RentAxis(environment, company.zone).settings(), company)
    statement = (
        "select distinct source_type from ledger.links where realm = :realm and source_type = any(:types)"
    )
    optional = [name for kind in OPTIONAL_TYPES for name in BY_NAME[kind].source_types]
    linked = set(
        execute(connection, statement, realm=environment.quickbooks_realm_id, types=optional).scalars()
    )
    once = {kind for kind in OPTIONAL_TYPES if linked & set(BY_NAME[kind].source_types)}
    return frozenset(BASIC_TYPES) | (pushed & frozenset(OPTIONAL_TYPES)) | once


def entities_read(
    connection: sa.Connection, realm: str, types: frozenset[str], company: Company
) -> tuple[str, ...]:
    """The transactions the proof reads: those of the types, and what some become where the company file says so, or once said so."""
    besides = [entity for kind in REGISTRY if kind.name in types for entity in kind.entities_where_asked]
    statement = "select distinct quickbooks_type from ledger.links where realm = :realm and quickbooks_type = any(:types)"
    linked = set(execute(connection, statement, realm=realm, types=besides).scalars()) if besides else set()
    asked = company.policies.vendor_credits == "push"
    return (*entities_of(types), *(entity for entity in besides if asked or entity in linked))


def entities_of(types: frozenset[str]) -> tuple[str, ...]:
    """The transactions in QuickBooks that records of these types, and their parts, become, or that are read besides; and deposits, which hold payments."""
    kinds = (kind for kind in REGISTRY if (kind.part_of or kind.name) in types)
    mine = [
        entity for kind in kinds for entity in (*kind.entities, *kind.read_besides) if entity in NUMBER_FIELD
    ]
    return tuple(dict.fromkeys((*mine, "Deposit")))
