"""Checks of all staging models together: what a run checks before reading, and duplicate rows of helper models.

Here: checks over the whole folder. Not here: the contract, and what the rows of a model show (``extract.read``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.rentaxis.breaches import Breach, refuse
from rentaxis_pipelines.rentaxis.contract import FOR_REPORTS, MAY_BE_ABSENT, MODELS
from rentaxis_pipelines.rentaxis.described import column_breaches, described
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.sql_models import STAGING_PARAMETERS, SqlModels, in_file

# The key of each helper. A duplicate row there duplicates every record joined to it.
HELPER_KEYS: Mapping[str, tuple[str, ...]] = {
    "organization": ("id",),
    "accounts": ("id",),
    "vendors": ("id",),
    "places": ("place_key",),
    "nested_payers": ("kind", "source_id"),
    "imported_links": ("entity_type", "entity_id"),
}


def refuse_broken_models(
    connection: sa.Connection, organization_id: str, without: Collection[str] = ()
) -> None:
    """Raises SourceShapeChanged if any model lacks a column or returns one with the wrong type. Does not run the models. ``without``:
    record types whose models nobody is going to read.
    """
    models = staging_models(connection)
    unread = {
        model for name in without for each in BY_NAME[name].sources for model in (each.model, each.versions)
    }
    absent = {model for model in MAY_BE_ABSENT if model not in models.models}
    breaches: list[Breach] = []
    for model in MODELS:
        if model in unread or model in absent or model in FOR_REPORTS:
            continue
        with in_file(models, model):
            statement = models.render(model)
            bound = parameters_for(statement, organization_id)
            breaches += column_breaches(models, model, described(connection, statement, bound))
    refuse(breaches)


def parameters_for(statement: sa.TextClause, organization_id: str) -> dict[str, Any]:
    """The parameters for all rows of an organization."""
    everything = {**dict.fromkeys(STAGING_PARAMETERS), "organization_id": organization_id, "timezone": "UTC"}
    return {name: everything[name] for name in statement.compile().params}


def helper_breaches(
    connection: sa.Connection, models: SqlModels, organization_id: str, names: Iterable[str] = HELPER_KEYS
) -> Iterator[Breach]:
    """Helpers that return the same key more than once, by file."""
    for name in names:
        if name not in models.models or name not in HELPER_KEYS:
            continue
        place = models.place(name)
        with in_file(models, name):
            statement = models.render(name)
            rows = statement.columns(*(sa.column(key) for key in HELPER_KEYS[name])).subquery("helper")
            keys = [rows.c[key] for key in HELPER_KEYS[name]]
            duplicates = (
                sa.select(*(sa.cast(key, sa.Text) for key in keys))
                .group_by(*keys)
                .having(sa.func.count() > 1)
            )
            duplicate_key = connection.execute(
                duplicates.limit(1), parameters_for(statement, organization_id)
            ).first()
        if duplicate_key is not None:
            key = ", ".join(HELPER_KEYS[name])
            yield Breach(
                place,
                key,
                f"{place} returns the same {key} more than once: this duplicates every record joined to it.",
                example=" ".join(map(str, duplicate_key)),
            )
