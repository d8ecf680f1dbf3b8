"""How many objects the company has, before the probe and after it. Not here: what a difference means to people (``report``)."""

from collections.abc import Mapping

from rentaxis_pipelines.probe import names
from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.journal import Made
from rentaxis_pipelines.quickbooks import query

Counts = dict[str, int | None]


def count_objects(company: ProbeCompany) -> Counts:
    """The number of objects of every kind the probe may make, inactive ones too; None where QuickBooks does not say."""
    return {entity: _count(company, entity) for entity in names.COUNTED}


def _count(company: ProbeCompany, entity: str) -> int | None:
    where = "Active IN (true, false)" if names.is_listed(entity) else ""
    reply = company.ask(query.count(entity, where), quiet=True)
    total = reply.of("QueryResponse").get("totalCount")
    return int(total) if reply.ok and total is not None else None


def unexplained(
    before: Mapping[str, int | None], after: Mapping[str, int | None], left: list[Made]
) -> dict[str, int]:
    """By kind: how many objects there are more (or less) than before, apart from those in ``left``. Empty where all are accounted for."""
    found: dict[str, int] = {}
    for entity, number in after.items():
        earlier = before.get(entity)
        if number is None or earlier is None:
            continue
        stayed = sum(one.entity == entity for one in left)
        if number - earlier - stayed:
            found[entity] = number - earlier - stayed
    return found
