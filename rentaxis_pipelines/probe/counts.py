"""How many objects the company has before and after the probe. Not here: how a difference is explained (``report``)."""

from collections.abc import Mapping

from rentaxis_pipelines.probe import names
from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.journal import Made
from rentaxis_pipelines.quickbooks import query

Counts = dict[str, int | None]


def count_objects(company: ProbeCompany) -> Counts:
    """The number of objects of every type the probe may create, including inactive ones; None if QuickBooks does not say."""
    return {entity: _count(company, entity) for entity in names.COUNTED}


def _count(company: ProbeCompany, entity: str) -> int | None:
    where = "Active IN (true, false)" if names.is_listed(entity) else ""
    reply = company.ask(query.count(entity, where), quiet=True)
    total = reply.of("QueryResponse").get("totalCount")
    return int(total) if reply.ok and total is not None else None


def unexplained(
    before: Mapping[str, int | None], after: Mapping[str, int | None], left: list[Made]
) -> dict[str, int]:
    """By type: how many more (or fewer) objects there are than before, not counting those in ``left``. Empty if all are accounted for."""
    differences: dict[str, int] = {}
    for entity, number in after.items():
        earlier = before.get(entity)
        if number is None or earlier is None:
            continue
        stayed = sum(created.entity == entity for created in left)
        if number - earlier - stayed:
            differences[entity] = number - earlier - stayed
    return differences
