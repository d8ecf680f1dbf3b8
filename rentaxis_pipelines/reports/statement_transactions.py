"""QuickBooks' transactions behind what differs: what each of them posts, for the mart ``statement_lines``.

The documents of records that differ, those that stand in another month by design, and deposits are known already. Only if that does not
explain everything are QuickBooks' other transactions read: journal entries, credit memos and the like, a metered read or more each. Not
here: what a transaction posts (``transaction_postings``).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.quickbooks.query import literal
from rentaxis_pipelines.reports.inputs import replace_table
from rentaxis_pipelines.reports.statement_accounts import Chart
from rentaxis_pipelines.reports.statement_causes import DATED_WHEN_PAID, DEPOSITED, NEVER_PUSHED, NOT_OURS
from rentaxis_pipelines.reports.transaction_postings import lines_of
from rentaxis_pipelines.sync.run import Run

# Kinds of transactions that a person enters, and no comparison of records reads.
OTHERS = ("JournalEntry", "CreditMemo", "VendorCredit", "RefundReceipt", "SalesReceipt", "Transfer")
_LATE_COLUMNS = "record text, label text, cause text"
_COLUMNS = "record text, label text, cause text, entity text, quickbooks_id text, day date, account text, class text, amount numeric(20, 2)"

# An expense nobody is owed is a purchase in QuickBooks, dated the day it was paid; a ledger books it on its own day.
_DATED_WHEN_PAID = """
  select record.record, record.label, :cause as cause
  from records as record
  inner join rentaxis_expenses as expense on 'expense/' || expense.source_id = record.record
  where record.explanation = 'agrees' and record.entity = 'Purchase' and record.quickbooks_day is not null
    and date_trunc('month', expense.day) <> date_trunc('month', record.quickbooks_day)"""
# Of what RentAxis' ledger need not post, every transaction is compared with what it does: without a cause here, the mart finds it. What
# belongs together is one record there: a settlement with what it keeps, a payment with its return. What is below zero is among the invoices.
_KNOWN = """
  select chosen.record, chosen.label, chosen.cause, kept.entity, kept.quickbooks_id, kept.object
  from (
    select record, label, explanation as cause, entity, quickbooks_id from records where explanation <> 'agrees' and in_quickbooks
    union all
    select late.record, late.label, late.cause, record.entity, record.quickbooks_id
    from dated_when_paid as late inner join records as record on record.record = late.record
    union all
    select whole, label, null, entity, quickbooks_id
    from records natural join wholes
    where explanation = 'agrees' and in_quickbooks and record not like 'credit/invoice-%'
      and (record_type <> all(:documents) or record in (select record from returned_payments))
  ) as chosen
  inner join ledger.quickbooks_transactions as kept
    on kept.realm = :realm and kept.entity = chosen.entity and kept.quickbooks_id = chosen.quickbooks_id and kept.gone_at is null
  union all
  select 'Deposit:' || quickbooks_id, 'Deposit ' || quickbooks_id || ' in QuickBooks', :deposited, entity, quickbooks_id, object
  from ledger.quickbooks_transactions
  where realm = :realm and entity = 'Deposit' and gone_at is null
    and quickbooks_id not in (select quickbooks_id from records where record_type = 'deposits' and in_quickbooks)"""
_LINKED = """select quickbooks_type || ':' || quickbooks_id as document,
               source_type = any(:documents) or (source_type = 'credit' and source_id like 'invoice-%') as is_document
             from ledger.links
             where realm = :realm and quickbooks_type = any(:entities) and state <> 'gone'"""
# What RentAxis' ledger posts as a document: a record of these that differs is known already, and one that agrees explains nothing.
_DOCUMENTS = ("invoice", "payment", "expense", "expense_payment", "expense_part_payment", "expense_replaced")
_DOCUMENT_TYPES = ("invoices", "payments", "expenses", "bill_payments")


def save_nothing(connection: sa.Connection) -> None:
    """Where the statements are not compared."""
    replace_table(connection, "dated_when_paid", _LATE_COLUMNS, [])
    replace_table(connection, "quickbooks_lines", _COLUMNS, [])


def save_known(run: Run, chart: Chart) -> None:
    """Save what the transactions post that the proof of the records knows already. The marts of the records are made."""
    late = execute(run.connection, _DATED_WHEN_PAID, cause=DATED_WHEN_PAID)
    rows = [dict(row._mapping) for row in late]
    replace_table(run.connection, "dated_when_paid", _LATE_COLUMNS, rows)
    known = execute(
        run.connection, _KNOWN, realm=run.realm, deposited=DEPOSITED, documents=list(_DOCUMENT_TYPES)
    )
    lines = [line for row in known for line in _lines(dict(row._mapping), chart)]
    replace_table(run.connection, "quickbooks_lines", _COLUMNS, lines)


def save_others(run: Run, chart: Chart, first_month: dt.date, end: dt.date) -> None:
    """Read QuickBooks' other transactions of these days, and save what they post beside the known ones. Raises QuickBooksError."""
    kept = [dict(row._mapping) for row in execute(run.connection, "select * from quickbooks_lines")]
    asked = {"realm": run.realm, "entities": list(OTHERS), "documents": list(_DOCUMENTS)}
    linked: dict[str, bool] = {
        row.document: row.is_document for row in execute(run.connection, _LINKED, **asked)
    }
    read: list[Mapping[str, Any]] = []
    for entity in OTHERS:
        for transaction in _dated(run, entity, first_month, end):
            quickbooks_id = str(transaction["Id"])
            is_document = linked.get(f"{entity}:{quickbooks_id}")
            if is_document:
                continue
            number = transaction.get("DocNumber") or quickbooks_id
            document = {
                "record": f"{entity}:{quickbooks_id}",
                "label": f"{entity} {number} in QuickBooks",
                # What a run of ours made of an entry in RentAxis' ledger takes back what is never pushed.
                "cause": NOT_OURS if is_document is None else NEVER_PUSHED,
                "entity": entity,
                "quickbooks_id": quickbooks_id,
                "object": transaction,
            }
            read += _lines(document, chart)
    there = {(row["entity"], row["quickbooks_id"]) for row in kept}
    read = [row for row in read if (row["entity"], row["quickbooks_id"]) not in there]
    replace_table(run.connection, "quickbooks_lines", _COLUMNS, [*kept, *read])


def _dated(run: Run, entity: str, first_month: dt.date, end: dt.date) -> Iterator[dict[str, Any]]:
    """All of that kind in these days. Of transfers, which are few, the reference marks no field to choose by."""
    chosen = f"TxnDate >= {literal(first_month.isoformat())} AND TxnDate < {literal(end.isoformat())}"
    for transaction in run.client.query_all(entity, "" if entity == "Transfer" else chosen):
        if first_month.isoformat() <= str(transaction.get("TxnDate", "")) < end.isoformat():
            yield transaction


def _lines(document: Mapping[str, Any], chart: Chart) -> Iterator[Mapping[str, Any]]:
    transaction = document["object"]
    for line in lines_of(document["entity"], transaction, chart.lists):
        yield {
            **{name: document[name] for name in ("record", "label", "cause", "entity", "quickbooks_id")},
            "day": transaction.get("TxnDate"),
            "account": chart.of_id(line.account).key,
            "class": None if line.class_id is None else f"Class:{line.class_id}",
            "amount": line.amount,
        }


def is_explained(connection: sa.Connection) -> bool:
    """Whether every difference of the two statements is."""
    statement = "select not exists (select from statement_totals where unexplained <> 0)"
    return bool(execute(connection, statement).scalar_one())
