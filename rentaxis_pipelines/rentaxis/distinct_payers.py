"""Who the records of some days are about, each once: the database finds them, because all records at once need not fit in memory.

Not here: reading the records (``extract``), who somebody is in QuickBooks (``matching``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.rentaxis.extract import extract_ids, parameters_of_days
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.frames import records_from_frame
from rentaxis_pipelines.rentaxis.sql_models import in_file

_AT_A_TIME = 20_000
# The staging model of each kind of payer: its own.
_MODELS = {source.source_type: source.model for source in SOURCES if source.record_class is Payer}
_KINDS = {model: kind for kind, model in _MODELS.items()}


def distinct_payers(
    connection: sa.Connection,
    wanted: Iterable[tuple[DateRange, Sequence[str]]],
    organization_id: str,
    timezone: ZoneInfo,
) -> Iterator[Payer]:
    """The tenants and programs that these days of these staging models are about, each as RentAxis has it.

    ``connection`` as for ``extract``, and the same errors are raised.
    """
    ids: dict[str, set[str]] = defaultdict(set)
    for days, models in wanted:
        for model in models:
            for kind, source_id in _keys(connection, model, days, organization_id, timezone):
                ids[kind].add(source_id)
    for kind in sorted(ids.keys() & _MODELS.keys()):
        in_order = sorted(ids[kind])
        for start in range(0, len(in_order), _AT_A_TIME):
            some = in_order[start : start + _AT_A_TIME]
            frame = extract_ids(connection, _MODELS[kind], some, organization_id, timezone)
            yield from records_from_frame(frame, Payer)


def _keys(
    connection: sa.Connection, model: str, days: DateRange, organization_id: str, timezone: ZoneInfo
) -> list[tuple[str, str]]:
    models = staging_models(connection)
    with in_file(models, model):
        rendered = models.render(model)
        parameters = parameters_of_days(days, organization_id, timezone)
        bound = {name: parameters[name] for name in rendered.compile().params}
        if model in _KINDS:
            row = rendered.columns(sa.column("source_id", sa.Text())).subquery("model")
            ids = connection.execute(sa.select(row.c.source_id), bound).scalars()
            return [(_KINDS[model], source_id) for source_id in ids]
        row = rendered.columns(sa.column("payer", sa.JSON())).subquery("model")
        kind, source_id = row.c.payer["kind"].as_string(), row.c.payer["source_id"].as_string()
        found = connection.execute(
            sa.select(kind, source_id).where(kind.is_not(None), source_id.is_not(None)).distinct(), bound
        )
        return [(each[0], each[1]) for each in found]
