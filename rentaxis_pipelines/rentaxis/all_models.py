"""All staging models held to the contract together: what a run looks at before it reads, and doubled rows of the helpers.

Here: one look over the folder. Not here: the contract, and what the rows of a model show (``extract.read``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.breaches import Breach, refuse
from rentaxis_pipelines.rentaxis.contract import MAY_BE_ABSENT, MODELS
from rentaxis_pipelines.rentaxis.described import column_breaches, described
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.sql_models import STAGING_PARAMETERS, SqlModels, in_file

# What names a row of a helper. A row that comes twice there doubles every record joined to it.
HELPER_KEYS: Mapping[str, tuple[str, ...]] = {
    "organization": ("id",),
    "accounts": ("id",),
    "vendors": ("id",),
    "places": ("place_key",),
    "nested_payers": ("kind", "source_id"),
    "imported_links": ("entity_type", "entity_id"),
}


def refuse_broken_models(
    connection: sa.Connection, organization_id: str, models: SqlModels | None = None
) -> None:
    """Raises SourceShapeChanged where any model lacks a column or gives one as another type. Runs none of them."""
    models = models or staging_models()
    found: list[Breach] = []
    for model in MODELS:
        if model in MAY_BE_ABSENT and model not in models.models:
            continue
        with in_file(models, model):
            statement = models.render(model)
            bound = asked(statement, organization_id)
            found += column_breaches(models, model, described(connection, statement, bound))
    refuse(found)


def asked(statement: sa.TextClause, organization_id: str) -> dict[str, Any]:
    """What a model is asked with for everything of an organization."""
    everything = {**dict.fromkeys(STAGING_PARAMETERS), "organization_id": organization_id, "timezone": "UTC"}
    return {name: everything[name] for name in statement.compile().params}


def helper_breaches(
    connection: sa.Connection, models: SqlModels, organization_id: str, names: Iterable[str] = HELPER_KEYS
) -> Iterator[Breach]:
    """Helpers that give the same key more than once, by file."""
    for name in names:
        if name not in models.models or name not in HELPER_KEYS:
            continue
        place = models.place(name)
        with in_file(models, name):
            statement = models.render(name)
            rows = statement.columns(*(sa.column(key) for key in HELPER_KEYS[name])).subquery("helper")
            keys = [rows.c[key] for key in HELPER_KEYS[name]]
            twice = (
                sa.select(*(sa.cast(key, sa.Text) for key in keys))
                .group_by(*keys)
                .having(sa.func.count() > 1)
            )
            found = connection.execute(twice.limit(1), asked(statement, organization_id)).first()
        if found is not None:
            key = ", ".join(HELPER_KEYS[name])
            yield Breach(
                place,
                key,
                f"{place} gives the same {key} more than once: it doubles every record joined to it.",
                example=" ".join(map(str, found)),
            )
