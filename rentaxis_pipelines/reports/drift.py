"""What was edited in QuickBooks after we wrote it, field by field. A pure comparison of what the ledger holds.

Here: which objects to compare and how a field is shown. Not here: deleted or voided objects (the marts show those), and the
rule itself (``quickbooks.compare``; the push uses the same rule to refuse to overwrite).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.quickbooks.tax_ids import FIELD as TAX_ID
from rentaxis_pipelines.safety.sealed import masked

_SHOWN = 200  # characters of a value
_REFERENCES = {
    "CustomerRef": "Customer",
    "VendorRef": "Vendor",
    "EntityRef": "Vendor",
    "ItemRef": "Item",
    "AccountRef": "Account",
    "DepositToAccountRef": "Account",
    "BankAccountRef": "Account",
    "CCAccountRef": "Account",
}

# An edit in QuickBooks raises an object's SyncToken, but so does every payment on it. An object that still contains everything we
# wrote, with the same number of lines, is skipped here; the others are compared. Payments are always compared: QuickBooks may apply
# one automatically while creating it ("Automatically apply credits"), and the token does not show that.
_CANDIDATES = """
    with pushed as (
      select l.source_type || '/' || l.source_id as record, l.quickbooks_type as entity, l.quickbooks_id, l.owned,
             l.mapped::jsonb as mapped, coalesce(t.object, s.object::jsonb) as object,
             coalesce(s.object ->> 'DisplayName', l.quickbooks_number) as label
      from ledger.links l
      left join ledger.quickbooks_transactions t
        on t.realm = l.realm and t.entity = l.quickbooks_type and t.quickbooks_id = l.quickbooks_id and t.gone_at is null
      left join ledger.snapshot_objects s
        on s.realm = l.realm and s.entity = l.quickbooks_type and s.quickbooks_id = l.quickbooks_id
      where l.realm = :realm and l.state = 'live'
        and (coalesce(t.object ->> 'SyncToken', s.object ->> 'SyncToken') <> l.sync_token or l.quickbooks_type = 'Payment')
    )
    select record, entity, quickbooks_id, owned, label, mapped::text as mapped, object::text as object
    from pushed
    where not (
      object @> mapped
      and coalesce(jsonb_array_length(mapped -> 'Line'), 0) = jsonb_array_length(
        jsonb_path_query_array(object, '$.Line[*] ? (!(@.DetailType == "SubTotalLineDetail"))'))
    )
    order by record
"""


def changed_fields(connection: sa.Connection, realm: str) -> Iterator[dict[str, Any]]:
    """One row per field that we wrote and that has a different value in QuickBooks now.

    Columns: record, label, entity, quickbooks_id, field, ours, theirs, changed_at.
    """
    names = names_of(connection, realm)
    decode = msgspec.json.Decoder(
        dict[str, Any], float_hook=Decimal
    ).decode  # psycopg's own would make floats of money
    candidates = execute(connection, _CANDIDATES, realm=realm).mappings().yield_per(2_000)
    for row in candidates:
        theirs = decode(row["object"])
        ours = {name: value for name, value in decode(row["mapped"]).items() if name in row["owned"]}
        for name in differences(ours, theirs):
            yield {
                "record": row["record"],
                "label": row["label"],
                "entity": row["entity"],
                "quickbooks_id": row["quickbooks_id"],
                "field": name,
                "ours": shown(name, ours.get(name), names),
                "theirs": shown(name, theirs.get(name), names),
                "changed_at": theirs.get("MetaData", {}).get("LastUpdatedTime"),
            }


def names_of(connection: sa.Connection, realm: str) -> dict[str, str]:
    """Display names by key, such as ``Customer:12``."""
    statement = """select entity || ':' || quickbooks_id as key,
                          coalesce(object ->> 'DisplayName', object ->> 'FullyQualifiedName', object ->> 'Name', '') as name
                   from ledger.snapshot_objects where realm = :realm"""
    rows = execute(connection, statement, realm=realm)
    return {row.key: row.name for row in rows}


def shown(field: str, value: Any, names: Mapping[str, str]) -> str | None:
    """A value in readable form: names for references, one short text for lines. None if it is empty."""
    if value in (None, "", []):
        return None
    if isinstance(value, Mapping):
        part = cast("Mapping[str, Any]", value)
        if "value" in part:
            key = f"{_REFERENCES.get(field, field.removesuffix('Ref'))}:{part['value']}"
            return names.get(key) or str(part.get("name") or part["value"])
        text = ", ".join(filter(None, (shown(name, inner, names) for name, inner in part.items())))
    elif isinstance(value, list):
        lines = cast("list[Mapping[str, Any]]", value)
        text = "; ".join(
            _line(line, names) for line in lines if line.get("DetailType") != "SubTotalLineDetail"
        )
    else:
        text = masked(str(value)) if field == TAX_ID else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _line(line: Mapping[str, Any], names: Mapping[str, str]) -> str:
    amount = line.get("Amount")
    if linked := line.get("LinkedTxn"):
        what = f"{linked[0].get('TxnType')} {linked[0].get('TxnId')}"
    else:
        detail: Mapping[str, Any] = line.get(str(line.get("DetailType"))) or {}
        what = next(
            (shown(name, detail[name], names) for name in ("ItemRef", "AccountRef") if name in detail), None
        )
        what = what or str(line.get("Description") or line.get("DetailType") or "line")
    return what if amount is None else f"{what} {Decimal(amount):,.2f}"
