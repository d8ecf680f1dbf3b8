"""The documents of QuickBooks' two sides, read out of their JSON once and kept until they change.

A document is what we last wrote of a record, or a transaction as QuickBooks has it. What it says is read from it alone, so it stays read
until its row in the ledger is another; a proof after a quiet day opens only what changed. Two tables in the company's own report schema,
which stay where they are while the marts are made anew::

    read_documents   a document's head, and the row of the ledger it was read from (by_transaction, at_place, as_of)
    read_postings    what it posts: a line each document, kind and account

Here: reading documents. Not here: whose they are and what they mean for the proof (the marts), and where they come from (``transactions``).
"""

import hashlib

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.marker import SQL_PATTERN
from rentaxis_pipelines.model.record_types import NUMBER_FIELD
from rentaxis_pipelines.model.sql_values import sql_list
from rentaxis_pipelines.reports.inputs import own_schema
from rentaxis_pipelines.reports.mart_versions import note_change

TABLES = ("read_documents", "read_postings")

_MANY = 1_000  # documents; a few more change nothing for the planner

# Of documents of the same entity and the id they have on their side: ``invoice/12`` as written, ``Invoice:7`` in QuickBooks.
_DOCUMENTS = """side text, document text, entity text, quickbooks_id text, by_transaction xid, at_place tid, as_of timestamptz, number text, day date, due_day date, party text,
  total numeric, balance numeric, unapplied numeric, changed_at timestamptz, gone_at timestamptz, redated_from date, marked_as text,
  primary key (side, document)"""
_POSTINGS = "side text, document text, entity text, kind text, account text, amount numeric(20, 2)"

_WRITTEN = sql_list(NUMBER_FIELD)  # the transactions that records become

# A row that is written anew is another row, in another place or by another transaction, whatever the clocks say. Nothing of a row that
# stands is unpacked to find out.
_LINK = f"""r.side = 'written' and r.at_place = l.ctid and r.by_transaction = l.xmin and r.as_of = l.updated_at
  and l.realm = :realm and l.quickbooks_type in {_WRITTEN}"""
_TRANSACTION = """r.side = 'quickbooks' and r.at_place = t.ctid and r.by_transaction = t.xmin and r.as_of = t.seen_at
  and t.realm = :realm"""

_FORGET = f"""
  with written as (
    delete from read_documents r
    where r.side = 'written' and not exists (select from ledger.links l where {_LINK}) returning r.side, r.document
  ),
  seen as (
    delete from read_documents r
    where r.side = 'quickbooks' and not exists (select from ledger.quickbooks_transactions t where {_TRANSACTION})
    returning r.side, r.document
  ),
  gone as (select * from written union all select * from seen),
  postings as (delete from read_postings p using gone where p.side = gone.side and p.document = gone.document)
  select count(*) from gone"""  # noqa: S608 - constants of this module

_CHANGED = f"""
  select 'written'::text as side, l.source_type || '/' || l.source_id as document, l.quickbooks_type as entity, l.quickbooks_id,
         l.xmin as by_transaction, l.ctid as at_place, l.updated_at as as_of, null::timestamptz as gone_at, l.redated_from,
         l.mapped::jsonb as object
  from ledger.links l
  where l.realm = :realm and l.quickbooks_type in {_WRITTEN}
    and not exists (select from read_documents r where {_LINK})
  union all
  select 'quickbooks', t.entity || ':' || t.quickbooks_id, t.entity, t.quickbooks_id,
         t.xmin, t.ctid, t.seen_at, t.gone_at, null, t.object
  from ledger.quickbooks_transactions t
  where t.realm = :realm and not exists (select from read_documents r where {_TRANSACTION})"""  # noqa: S608 - constants of this module

# What a vendor gives back is a transaction above zero of its own kind, and an expense below zero.
_SIGN = "case when k.entity = 'VendorCredit' or (k.object -> 'Credit') = 'true'::jsonb then -1 else 1 end"

# Read as a record, the JSON is unpacked once instead of once per field. An account is null where a payment names none: QuickBooks has one
# for those; one of nothing applies a credit, and comes to what it settles. What is booked always adds up to QuickBooks' total: Other is tax, discounts and the like.
_READ = f"""
  with kept as materialized ({_CHANGED}),
  heads as (
    insert into read_documents
      select k.side, k.document, k.entity, k.quickbooks_id, k.by_transaction, k.at_place, k.as_of, coalesce(held."DocNumber", held."PaymentRefNum"), held."TxnDate",
        held."DueDate",
        coalesce('Customer:' || (held."CustomerRef" ->> 'value'), 'Vendor:' || (held."VendorRef" ->> 'value'),
                 coalesce(held."EntityRef" ->> 'type', 'Vendor') || ':' || (held."EntityRef" ->> 'value')),
        {_SIGN} * coalesce(nullif(held."TotalAmt", 0), entered.debits, 0), coalesce(held."Balance", 0), coalesce(held."UnappliedAmt", 0),
        (held."MetaData" ->> 'LastUpdatedTime')::timestamptz, k.gone_at, k.redated_from,
        array_to_string(regexp_match(held."PrivateNote", :marker), '/')
      from kept k
      cross join lateral jsonb_to_record(k.object) as held (
        "DocNumber" text, "PaymentRefNum" text, "TxnDate" date, "DueDate" date, "CustomerRef" jsonb, "VendorRef" jsonb,
        "EntityRef" jsonb, "TotalAmt" numeric, "Balance" numeric, "UnappliedAmt" numeric, "MetaData" jsonb, "PrivateNote" text)
      left join lateral (
        select sum(line."Amount") as debits
        from jsonb_to_recordset(k.object -> 'Line') as line ("Amount" numeric, "JournalEntryLineDetail" jsonb, "LinkedTxn" jsonb)
        where k.entity = 'Deposit' or line."JournalEntryLineDetail" ->> 'PostingType' = 'Debit' or line."LinkedTxn" #>> '{{0,TxnType}}' = 'Invoice'
      ) as entered on k.entity in ('JournalEntry', 'Payment', 'Deposit')
  ),
  lines as materialized (
    select k.side, k.document, k.entity,
      case when detail.of ->> 'PostingType' is distinct from 'Credit'
        then coalesce('Item:' || (detail.of #>> '{{ItemRef,value}}'), 'Account:' || (detail.of #>> '{{AccountRef,value}}')) end as booked_to,
      case when detail.of ->> 'PostingType' = 'Credit' then 'Account:' || (detail.of #>> '{{AccountRef,value}}') end as credited,
      case k.entity when 'Purchase' then 'Account:' || (head."AccountRef" ->> 'value')
        when 'RefundReceipt' then 'Account:' || (head."DepositToAccountRef" ->> 'value') end as paid_from,
      'Class:' || coalesce(detail.of #>> '{{ClassRef,value}}', head."ClassRef" ->> 'value') as class,
      'Department:' || coalesce(detail.of #>> '{{DepartmentRef,value}}', head."DepartmentRef" ->> 'value') as location,
      {_SIGN} * line."Amount" as amount
    from kept k
    cross join lateral jsonb_to_record(k.object) as head ("AccountRef" jsonb, "DepositToAccountRef" jsonb, "ClassRef" jsonb, "DepartmentRef" jsonb, "Line" jsonb)
    cross join lateral jsonb_to_recordset(head."Line") as line (
      "Amount" numeric, "SalesItemLineDetail" jsonb, "ItemBasedExpenseLineDetail" jsonb, "AccountBasedExpenseLineDetail" jsonb,
      "JournalEntryLineDetail" jsonb)
    cross join lateral coalesce(
      line."SalesItemLineDetail", line."ItemBasedExpenseLineDetail", line."AccountBasedExpenseLineDetail",
      line."JournalEntryLineDetail") as detail (of)
    where k.entity not in ('Payment', 'BillPayment', 'Deposit') and detail.of is not null
  ),
  postings as (
    select l.side, l.document, l.entity, each.kind, each.account, l.amount
    from lines l
    cross join lateral (values ('booked', l.booked_to), ('credited', l.credited), ('paid from', l.paid_from), ('class', l.class), ('location', l.location))
      as each (kind, account)
    where each.account is not null
    union all
    select k.side, k.document, k.entity, 'booked', 'Other', {_SIGN} * coalesce((k.object ->> 'TotalAmt')::numeric, 0) - coalesce(booked.amount, 0)
    from kept k
    left join (select document, sum(amount) as amount from lines where side = 'quickbooks' and booked_to is not null group by document) booked
      on booked.document = k.document
    where k.side = 'quickbooks' and k.entity not in ('Payment', 'BillPayment', 'Deposit', 'JournalEntry')
    union all
    select k.side, k.document, k.entity, 'booked',
      'Account:' || coalesce(head."DepositToAccountRef" ->> 'value', head."CheckPayment" #>> '{{BankAccountRef,value}}',
                             head."CreditCardPayment" #>> '{{CCAccountRef,value}}'),
      head."TotalAmt"
    from kept k
    cross join lateral jsonb_to_record(k.object) as head (
      "TotalAmt" numeric, "DepositToAccountRef" jsonb, "CheckPayment" jsonb, "CreditCardPayment" jsonb)
    where k.entity in ('Payment', 'BillPayment')
    union all
    select k.side, k.document, k.entity, 'applied',
      (line."LinkedTxn" #>> '{{0,TxnType}}') || ':' || (line."LinkedTxn" #>> '{{0,TxnId}}'), line."Amount"
    from kept k
    cross join lateral jsonb_to_recordset(k.object -> 'Line') as line ("Amount" numeric, "LinkedTxn" jsonb)
    where k.entity in ('Payment', 'BillPayment', 'Deposit') and line."LinkedTxn" #>> '{{0,TxnId}}' is not null
      and line."LinkedTxn" #>> '{{0,TxnType}}' is not null
    union all
    select k.side, k.document, k.entity, each.kind, each.account, line."Amount"
    from kept k
    cross join lateral jsonb_to_record(k.object) as head ("DepositToAccountRef" jsonb, "Line" jsonb)
    cross join lateral jsonb_to_recordset(head."Line") as line ("Amount" numeric, "DepositLineDetail" jsonb)
    cross join lateral (values ('booked', 'Account:' || (head."DepositToAccountRef" ->> 'value')),
      ('paid from', 'Account:' || (line."DepositLineDetail" #>> '{{AccountRef,value}}'))) as each (kind, account)
    where k.entity = 'Deposit' and each.account is not null
  ),
  posted as (
    insert into read_postings
      select side, document, entity, kind, account, sum(amount)::numeric(20, 2) from postings
      group by side, document, entity, kind, account having sum(amount) <> 0)
  select count(*) from kept"""  # noqa: S608 - constants of this module

# Whatever is read in another way is read anew.
_VERSION = hashlib.sha256((_READ + _DOCUMENTS + _POSTINGS + SQL_PATTERN).encode()).hexdigest()[:12]


def read_documents(connection: sa.Connection, realm: str) -> None:
    """Read the documents that changed since the last time, all of them the first time. In the caller's transaction."""
    own = own_schema(connection)
    for table, columns in zip(TABLES, (_DOCUMENTS, _POSTINGS), strict=True):
        place = f"{own}.{table}"
        read_by = "select obj_description(to_regclass(:place))"
        if not (execute(connection, read_by, place=place).scalar_one() or "").startswith(_VERSION):
            execute(connection, f"drop table if exists {place}")
            execute(connection, f"create table {place} ({columns})")
            note_change(connection, place, _VERSION)
    forgotten = execute(connection, _FORGET, realm=realm).scalar_one()
    read = execute(connection, _READ, realm=realm, marker=SQL_PATTERN).scalar_one()
    if forgotten or read:
        for table in TABLES:
            note_change(connection, f"{own}.{table}", _VERSION)
    if read > _MANY:
        for table in TABLES:
            execute(connection, f"analyze {own}.{table}")
