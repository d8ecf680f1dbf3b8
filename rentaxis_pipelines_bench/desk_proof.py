"""A proof of a million records to measure the desk's pages over: made in the database at once, by the marts themselves where they can.

Here: the rows, and the addresses of the pages about them. Not here: any measurement (``desk``).
"""

import re
from collections.abc import Callable
from html import unescape

import msgspec

from rentaxis_pipelines.ledger.database import connect, looking_in
from rentaxis_pipelines.ledger.sql import as_json, execute
from rentaxis_pipelines.reports.explanations import EXPLANATIONS
from rentaxis_pipelines.reports.marts import finish, run_marts
from rentaxis_pipelines_bench.measured_company import MeasuredCompany

RECORDS = 1_000_000
MONTH = "2026-09"
# What the marts start from. One record in ten differs; 40,000 customers, 60 accounts, five years.
_BASE = {
    "parameters": """select cast(:realm as text) as realm, 'benchmark' as run_id, 'benchmark' as requested_by, date '2022-01-01' as first_day,
        date '2027-10-31' as last_day, now() as made_at, date '2026-11-03' as today, null::date as go_live, null::date as closed_through,
        date '2022-01-01' as first_reachable, date '2027-01-01' as last_reachable, '35' as undeposited_account""",
    "explanations": """select * from json_to_recordset(:explanations) as code (
        code text, in_short text, meaning text, how_to_fix text, blocks_close boolean, out_of_range text)""",
    "records": """select 'invoice/' || n as record, (array['invoices', 'payments', 'expenses'])[1 + n % 3] as record_type,
        'Invoice INV-' || n as label, 'Invoice' as entity, n::text as quickbooks_id, null as strange_number, 'Tenant number ' || n % 40000 as party_name,
        true as in_rentaxis, n % 10 <> 0 as in_quickbooks, day as rentaxis_day, day as range_day, day as written_day, day as quickbooks_day,
        amount as rentaxis_total, amount as written_total, amount * sign(n % 10)::int as quickbooks_total, amount * (1 - sign(n % 10)::int) as difference,
        case when n % 10 = 0 then (array['failed', 'waiting', 'not_pushed', 'edited_in_quickbooks'])[1 + n / 10 % 4] else 'agrees' end
          as explanation, null as reason_code, null as reason, null as how_to_fix, null as quickbooks_url, null as run_id
        from (select n, date '2022-01-01' + (n::bigint * 7919 % 1765)::int as day, (100 + n % 1000)::numeric(20, 2) as amount
              from generate_series(1, :records) as n) as made""",
    "cells": """select record, record_type, date_trunc('month', rentaxis_day)::date as month,
        'Account ' || hashtext(record) % 30 || (array['', ' fees'])[k] as account, party_name as party, explanation,
        rentaxis_total as rentaxis, written_total as written, quickbooks_total as quickbooks
        from records, generate_series(1, 2) as k where k = 1 or hashtext(record) % 2 = 0""",
    "receivables": """select record, label, record_type, party_name as party, rentaxis_day as due_day,
        (array['current', '1-30', '31-60', '61-90', 'over 90', 'unapplied payments'])[1 + abs(hashtext(record)) % 6] as bucket,
        rentaxis_total as rentaxis, quickbooks_total as quickbooks, difference, explanation from records where hashtext(record) % 3 = 0""",
    "undeposited": """select record, label, party_name as party, 'Undeposited Funds' as account, rentaxis_day as day,
        date '2026-11-03' - rentaxis_day as days_there, rentaxis_total as amount from records where record_type = 'payments'""",
    "not_pushed_records": """select 'late_fee/' || n as record, 'kind ' || n % 12 as kind, 'not_billed' as reason, 'late fees' as kind_name,
        'never billed' as why, 'Late fee ' || n as label, date '2026-01-01' as day, date '2026-01-01' as month, n::numeric as amount,
        'Bill the fee in RentAxis.' as what_to_do from generate_series(1, 120000) as n""",
    "not_pushed": """select kind, reason, kind_name, why, count(*) as records, sum(amount) as money, min(day) as first_day,
        max(day) as last_day, '' as examples, what_to_do from not_pushed_records group by kind, reason, kind_name, why, what_to_do""",
    "receivables_by_month": """select month::date as month, 100000.00 as rentaxis, 99000.00 as quickbooks, 1000.00 as difference
        from generate_series(date '2022-01-01', date '2026-11-01', interval '1 month') as month""",
    "duplicates": """select record, 'Invoice' as entity, quickbooks_id, label as number, rentaxis_day as day, party_name as party,
        rentaxis_total as total, record as looks_like, label, 'number' as why, true as ours_is_pushed from records where difference <> 0""",
    "typed_deposits": """select record as deposit, 1 as number, day, account, amount, record as looks_like, label, party
        from undeposited where days_there < 60""",
    "drift": """select null as record, null as record_type, null as label, null as party, null as entity, null as quickbooks_id, null as what,
        null as field, null as ours, null as theirs, null::timestamptz as changed_at, null::numeric as amount, null as remedy where false""",
}  # fmt: skip
_BY_THE_MARTS = (
    "differences", "blockers", "reconciliation", "account_totals", "party_totals", "open_receivables", "receivables_by_party",
    "undeposited_by_account", "ready_to_close",
)  # fmt: skip


def fill(measured: MeasuredCompany, records: int = RECORDS) -> None:
    """The tables of a proof of that many records."""
    environment = measured.environment
    schema = environment.company_key.schema("reports")
    url = environment.pipelines_database_url.get_secret_value()
    values = {
        "realm": environment.quickbooks_realm_id,
        "records": records,
        "explanations": as_json([msgspec.to_builtins(each) for each in EXPLANATIONS]),
    }
    with connect(url) as connection:
        execute(connection, f'create schema if not exists "{schema}"')
        connection.commit()
        with looking_in(connection, schema):
            for name, select in _BASE.items():
                asked = {key: value for key, value in values.items() if f":{key}" in select.replace("::", "")}
                execute(connection, f"create table {name} as {select}", **asked)
                finish(connection, name, name)
            run_marts(connection, _BY_THE_MARTS)
            connection.commit()


def pages(read: Callable[[str], str]) -> dict[str, str]:
    """The pages about the proof, by what they are; ``read``: the text of the page at an address below the company's."""
    account = _first_line(read("/proof/accounts"))
    month = _first_line(read(account))
    customer = _first_line(read("/proof/customers"))
    debtor = _first_link(read("/proof/receivables"), "/proof/receivables?customer=")
    kind = _first_link(read("/proof/not-pushed"), "/proof/not-pushed?kind=")
    return {
        "proof": "/proof",
        "a month": f"/proof/month/{MONTH}",
        "a month, page 40 of what stands between": f"/proof/month/{MONTH}?page=40",
        "a month to print": f"/proof/month/{MONTH}/print",
        "accounts": "/proof/accounts",
        "an account by month": account,
        "an account's month by customer": month,
        "the records of a line": _first_line(read(month)),
        "customers": "/proof/customers",
        "customers, page 200": "/proof/customers?page=200",
        "a customer": customer,
        "open receivables": "/proof/receivables",
        "open receivables, page 200": "/proof/receivables?page=200",
        "a customer's open invoices": debtor,
        "undeposited": "/proof/undeposited",
        "undeposited, page 200": "/proof/undeposited?page=200",
        "possible duplicates": "/proof/duplicates",
        "never pushed": "/proof/not-pushed",
        "never pushed, one kind": kind,
    }


def _first_line(page: str) -> str:
    """Where the first line of a list of the reconciliation leads."""
    return _first_link(page.partition('aria-label="Lines"')[2], "/proof/")


def _first_link(page: str, beginning: str) -> str:
    addresses = (
        unescape(link).partition("/proof") for link in re.findall(r'<th scope="row"><a href="([^"]+)"', page)
    )
    return next(address for _, *rest in addresses if (address := "".join(rest)).startswith(beginning))
