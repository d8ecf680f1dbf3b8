"""The profit and loss by property: where the company file has classes follow properties, both sides are compared class by class.

Here: which class a property has, the classes below it, and what QuickBooks' report by class says. Not here: the comparison
(``statement_classes.sql``), and accounts (``statement_accounts``).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines.quickbooks.financial_reports import FinancialReport, Line
from rentaxis_pipelines.reports.inputs import class_of, replace_table, with_linked_places
from rentaxis_pipelines.settings import Company

# Classes of units that were never made, as nothing of them was pushed.
_NOT_MADE = """select distinct class as named, place ->> 'property_id' as property_id from rentaxis_places
               where class like 'RentAxis: %' and place ->> 'unit_id' is not null"""
_NOT_SPECIFIED = "0"  # the key of the column of what has no class


class MonthByClass(msgspec.Struct, frozen=True):
    """QuickBooks' profit and loss of one month with a column for each class."""

    month: dt.date
    report: FinancialReport


def follows_properties(company: Company) -> bool:
    """Whether classes tell properties apart."""
    return bool(company.mappings.class_by or company.mappings.properties)


def classes_of(
    connection: sa.Connection, realm: str, context: Context, places: Iterable[Place | None]
) -> dict[Place, str | None]:
    """The class of each property, as the company file says or as it was made."""
    known = [place for place in dict.fromkeys(places) if place is not None]
    if not known or not follows_properties(context.company):
        return {}
    context = with_linked_places(connection, realm, context, known)
    return {place: class_of(context, place) for place in known}


def save_classes(
    connection: sa.Connection, realm: str, of_place: Mapping[Place, str | None]
) -> Mapping[str, str]:
    """Save what each class is called, and the property's class that one of a unit counts as; returns the latter."""
    listed = {str(each["Id"]): each for each in snapshots.objects_of(connection, realm, "Class")}
    own = {each for each in of_place.values() if each is not None}
    above = {key: top for key in listed if (top := _property_above(key, listed, own)) is not None}
    names = [
        {"class": f"Class:{key}", "name": str(each.get("FullyQualifiedName") or each.get("Name"))}
        for key, each in listed.items()
    ]
    replace_table(connection, "statement_class_names", "class text primary key, name text", names)
    of_property = {place.property_id: named for place, named in of_place.items() if named is not None}
    not_made = {
        row.named: of_property[row.property_id]
        for row in execute(connection, _NOT_MADE)
        if row.property_id in of_property
    }
    parents = {f"Class:{key}": top for key, top in above.items()} | not_made
    rows = [{"below": below, "class": top} for below, top in parents.items()]
    replace_table(connection, "statement_parents", "below text primary key, class text", rows)
    return parents


def _property_above(key: str, listed: Mapping[str, Mapping[str, Any]], own: set[str]) -> str | None:
    """The nearest class above this one that is a property's; None for a property's own, and for what is below none."""
    parent = (listed[key].get("ParentRef") or {}).get("value")
    while f"Class:{key}" not in own and parent is not None and parent in listed:
        if f"Class:{parent}" in own:
            return f"Class:{parent}"
        parent = (listed[parent].get("ParentRef") or {}).get("value")
    return None


def amounts_of(
    months: Sequence[MonthByClass], parents: Mapping[str, str]
) -> Iterator[tuple[dt.date, str | None, Line, Decimal]]:
    """Month, class, line, and the amount as the report shows it."""
    for each in months:
        for column, shown in enumerate(each.report.columns):
            if shown.key in (None, "total"):
                continue
            key = None if shown.key == _NOT_SPECIFIED else f"Class:{shown.key}"
            for line in each.report.lines:
                if line.amounts[column]:
                    yield each.month, parents.get(key, key) if key else None, line, line.amounts[column]
