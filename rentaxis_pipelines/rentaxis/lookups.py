"""The small questions to RentAxis that no record type's model answers: each runs one staging model and returns its rows.

Here: whose a QuickBooks customer is, records by what people call them or by amount, vendors that changed, and the terms that the company file must
map. ``connection`` is always a ``rentaxis.database.snapshot``, which turns errors into SourceError. Not here: the SELECTs
(``dbt_like_sql/staging``), and what follows from the answers (``matching``, ``sync``, ``mapping.preflight``).
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from rentaxis_pipelines.model.record_type import Source
from rentaxis_pipelines.model.source_records import Account, Place, TaxDetails, Vendor
from rentaxis_pipelines.rentaxis.contract import TAX_DETAILS, ImportedPayer, Named, VendorTaxDetails, Word
from rentaxis_pipelines.rentaxis.extract import parameters_of_any_day
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of
from rentaxis_pipelines.rentaxis.sql_models import in_file
from rentaxis_pipelines.rentaxis.vocabulary import PAYMENT_METHODS, folded
from rentaxis_pipelines.safety.sealed import seal

_OF_METHODS = ("deposited", "paid_purchase", "paid_bill", "refunded", "settled")


def imported_customers(connection: sa.Connection, organization_id: str) -> dict[str, list[tuple[str, str]]]:
    """Payers (kind, id) by the id of the QuickBooks customer that each came from according to RentAxis, whatever the day."""
    payers_by_customer: dict[str, list[tuple[str, str]]] = {}
    parameters = {"organization_id": organization_id}
    for row in rows_of(connection, staging_models(connection), "imported_payers", parameters, ImportedPayer):
        payers_by_customer.setdefault(row.quickbooks_id, []).append((row.kind, row.source_id))
    return {quickbooks_id: sorted(payers) for quickbooks_id, payers in payers_by_customer.items()}


def records_known_by(
    connection: sa.Connection,
    source_type: str,
    known_by: str,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    ids: Iterable[str] = (),
) -> list[Named]:
    """Records of the type with this id, number, name or e-mail, ignoring case; and those with these ids.

    ``known_by`` has single spaces.
    """
    parameters = {
        "organization_id": organization_id,
        "timezone": timezone.key,
        "source_type": source_type,
        "known_by": known_by,
        "ids": list(ids),
    }
    return rows_of(connection, staging_models(connection), "known_by", parameters, Named)


def records_of_amount(
    connection: sa.Connection,
    source: Source,
    column: str,
    amount: Decimal,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    limit: int,
) -> list[Named]:
    """Records of that kind whose ``column`` is exactly this amount, newest first, at most ``limit``.

    One query over the staging model and its columns alone, so it goes through all records of the organization. ``label``: the
    number, or of what has none the name of its vendor or payer.
    """
    models = staging_models(connection)
    statement = models.render(source.model)
    party = "vendor" if "vendor" in source.record_class.__struct_fields__ else "payer"
    names = ("source_id", "day", "organization_id", column, source.number_is or party)
    rows = statement.columns(*(sa.column(name) for name in names)).subquery("model")
    of_record = sa.cast(rows.c[column], sa.Numeric(20, 2))
    called = sa.cast(rows.c[party], JSONB)["name"].astext if source.number_is is None else None
    label: Any = rows.c[source.number_is] if source.number_is else called
    wanted = (
        sa.select(rows.c.source_id, rows.c.day, of_record.label("amount"), label.label("label"))
        .where(of_record == amount, rows.c.organization_id == organization_id)
        .order_by(rows.c.day.desc(), rows.c.source_id)
        .limit(limit)
    )
    asked = parameters_of_any_day(organization_id, timezone)
    bound = {name: asked[name] for name in statement.compile().params}
    with in_file(models, source.model):
        found = connection.execute(wanted, bound).all()
    return [Named(source.source_type, row.source_id, [], row.label, row.amount, row.day) for row in found]


def vendor_of(connection: sa.Connection, source_id: str, organization_id: str) -> Vendor | None:
    """The vendor with that id; None where the organization has none."""
    since = dt.datetime.min.replace(tzinfo=dt.UTC)
    return next(iter(vendors_changed_since(connection, [source_id], since, organization_id)), None)


def vendors_changed_since(
    connection: sa.Connection, ids: Iterable[str], since: dt.datetime, organization_id: str
) -> list[Vendor]:
    """The vendors among ``ids`` that changed after ``since``, whichever expenses name them."""
    models = staging_models(connection)
    parameters = {"organization_id": organization_id, "ids": list(ids), "changed_since": since}
    with in_file(models, "changed_vendors"):
        rows = connection.execute(models.render("changed_vendors"), parameters).all()
    return msgspec.convert([row.vendor for row in rows], list[Vendor])


def tax_details(
    connection: sa.Connection, ids: Iterable[str], organization_id: str, keys: str
) -> dict[str, TaxDetails]:
    """What form 1099 asks about these vendors, by id, their numbers sealed (``safety.sealed``) before anybody sees them."""
    parameters = {"organization_id": organization_id, "ids": list(ids)}
    rows = rows_of(connection, staging_models(connection), TAX_DETAILS, parameters, VendorTaxDetails)
    return {
        row.source_id: TaxDetails(
            row.is_1099,
            seal(row.tax_id, keys) if row.tax_id else None,
            unfit=bool(row.tax_id) and seal(row.tax_id or "", keys) is None,
        )
        for row in rows
    }


def words_in_use(connection: sa.Connection, organization_id: str, first_day: dt.date | None) -> list[Word]:
    """All terms in records from ``first_day`` on, counted in the database: a check over many years reads only a few rows."""
    parameters = {"organization_id": organization_id, "first_day": first_day}
    words: dict[tuple[str, str | None, Account | None, Place | None], Word] = {}
    for row in rows_of(connection, staging_models(connection), "words_in_use", parameters, Word):
        word = (
            row.word if row.word is None or row.use not in _OF_METHODS else folded(row.word, PAYMENT_METHODS)
        )
        same = words.get((row.use, word, row.account, row.place))  # in another spelling
        rows, money = (same.rows, same.money) if same else (0, Decimal(0))
        words[row.use, word, row.account, row.place] = msgspec.structs.replace(
            row, word=word, rows=row.rows + rows, money=row.money + money
        )
    return list(words.values())
