"""The reports as Markdown for a screen: short tables, largest amount first; the full lists are in the marts and the work paper.

Not here: any figure that is not in the marts.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.render import markdown
from rentaxis_pipelines.render.markdown import Markdown, blocks, bold, paragraph, text
from rentaxis_pipelines.reports.marts import rows_of

SHOWN = 50  # rows of a list on screen

_READY = {"ready": "yes", "open": "no", "not over": "no, the month is not over", "no records": "no records"}
_BUCKETS = ("current", "1-30", "31-60", "61-90", "over 90", "unapplied payments")


# What is shown as it stands in a mart.
TABLES: Mapping[str, str] = {
    # What keeps each month open, by remedy: newest month first, then largest amount first.
    "stands_between": """select to_char(blocker.month, 'YYYY-MM') as "month", code.in_short as "what is blocking",
               count(*) as "records", sum(blocker.at_stake) as "amount", blocker.remedy as "what to do",
               array_to_string((array_agg(blocker.label order by blocker.at_stake desc, blocker.record))[1:3], ', ')
                 || case when count(*) > 3 then ' and ' || count(*) - 3 || ' more' else '' end as "which"
        from blockers as blocker join explanations as code on code.code = blocker.explanation
        group by 1, 2, blocker.remedy order by 1 desc, 4 desc, 2, 5""",
    # What RentAxis holds and no run pushes automatically, largest amount first, with what to do.
    "not_pushed": """select kind_name as "what", why as "why", records as "records", money as "amount", first_day as "first day",
               last_day as "last day", examples as "for example", what_to_do as "what to do"
        from not_pushed order by money desc, records desc, kind, reason""",
    # Security deposits held by tenant, those that differ first.
    "held_deposits": """select party_name as "tenant", billed as "billed", kept as "kept", refunded as "refunded", moved as "moved otherwise",
               unpaid as "of that not paid yet", rentaxis as "held in RentAxis", quickbooks as "held in QuickBooks",
               difference as "difference", replace(explanations, '_', ' ') as "explanation", differing as "which"
        from held_deposits order by difference = 0, abs(difference) desc, party_name""",
    # The last runs: rows and money in and out, and what QuickBooks holds now.
    "run_proof": """select left(run_id, 8) as "run", record_type as "type", rows_in as "rows in", created as "created",
               updated as "updated", skipped as "skipped", failed as "failed", money_in as "money in",
               money_out as "money out", meant as "written", held as "in QuickBooks now",
               case when adds_up and quickbooks_agrees then 'yes' when adds_up then 'changed in QuickBooks'
                    else 'NO' end as "adds up"
        from run_proof order by created_at desc, record_type""",
    # What was changed in QuickBooks outside the sync, field by field.
    "drift": """select label as "record", party as "customer or vendor", what as "what", field as "field", ours as "we wrote",
               theirs as "now in QuickBooks", to_char(changed_at, 'YYYY-MM-DD HH24:MI TZ') as "when", amount as "amount",
               remedy as "remedy"
        from drift order by amount desc, record, field""",
    # QuickBooks transactions that look like one of ours and are not linked.
    "duplicates": """select entity || ' ' || coalesce(number, quickbooks_id) as "in QuickBooks", day as "date", total as "amount",
               label as "looks like", why as "in common", case when ours_is_pushed then 'yes' else 'not yet' end as "ours is also pushed"
        from duplicates order by total desc, record""",
    # Our payments that have not been deposited, by account and age.
    "undeposited": """select account as "account", count(*) as "payments", sum(amount) as "amount", max(days_there) as "oldest (days)",
               count(*) filter (where days_there > 30) as "over 30 days",
               coalesce(sum(amount) filter (where days_there > 30), 0) as "of that amount"
        from undeposited group by account order by account""",
    # Deposits entered by hand although their payment is undeposited: the payment belongs in the deposit instead.
    "typed_deposits": """select deposit as "in QuickBooks", day as "date", account as "bank account", amount as "amount",
               label as "looks like", party as "customer"
        from typed_deposits order by amount desc, deposit, number""",
}


def shown(connection: sa.Connection, name: str) -> Markdown:
    """One of ``TABLES``."""
    return table(_query(connection, TABLES[name]))


def reconciliation(connection: sa.Connection) -> Markdown:
    """RentAxis against QuickBooks by record type and explanation, then what differs, record by record."""
    totals = _query(
        connection,
        """select record_type as "type", replace(explanation, '_', ' ') as "explanation", sum(records) as "records",
                  sum(rentaxis) as "RentAxis", sum(quickbooks) as "QuickBooks", sum(difference) as "difference"
           from (select record_type, explanation, count(*) as records, sum(rentaxis_total) as rentaxis,
                        sum(quickbooks_total) as quickbooks, sum(difference) as difference
                 from records group by 1, 2) each
           group by record_type, explanation order by record_type, explanation <> 'agrees', explanation""",
    )
    cells = _query(
        connection,
        """select to_char(month, 'YYYY-MM') as "month", record_type as "type", account as "account", party as "customer or vendor",
                  sum(rentaxis) as "RentAxis", sum(quickbooks) as "QuickBooks", sum(difference) as "difference",
                  string_agg(distinct replace(explanation, '_', ' '), ', ') filter (where explanation <> 'agrees') as "explanation"
           from reconciliation group by 1, 2, 3, 4 having bool_or(explanation <> 'agrees')
           order by abs(sum(difference)) desc, 1, 2, 3, 4""",
    )
    return blocks(table(totals), bold("Month, account and customer that differ"), table(cells))


def receivables(connection: sa.Connection) -> Markdown:
    """Open receivables by age on both sides, then the customers that differ."""
    by_bucket = {
        row["age"]: row
        for row in _query(
            connection,
            """select bucket as "age", sum(rentaxis) as "RentAxis", sum(quickbooks) as "QuickBooks",
                      sum(difference) as "difference" from receivables group by bucket""",
        )
    }
    customers = _query(
        connection,
        """select party as "customer", bucket as "age", rentaxis as "RentAxis", quickbooks as "QuickBooks",
                  difference as "difference", replace(explanation, '_', ' ') as "explanation"
           from open_receivables where difference <> 0 order by abs(difference) desc, party""",
    )
    ages = [by_bucket[bucket] for bucket in dict.fromkeys((*_BUCKETS, *by_bucket)) if bucket in by_bucket]
    return blocks(table(ages), bold("Customers that differ"), table(customers))


def ready_to_close(connection: sa.Connection) -> Markdown:
    """One line per month: yes, or what is blocking the close, kind by kind."""
    rows = rows_of(connection, "ready_to_close", order_by="month desc")
    return table(
        [
            {
                "month": f"{row['month']:%Y-%m}",
                "ready to close": _READY[row["state"]],
                "records in the month": row["of_month"],
                "records blocking": row["records"],
                "amount": row["amount"],
                "what is blocking": row["stands_between"],
                "never pushed": row["never_pushed"],
            }
            for row in rows
        ]
    )


def open_problems(connection: sa.Connection) -> Markdown:
    """What needs a person, the fix that clears the most money first, and that fix in a sentence."""
    rows = _query(
        connection,
        """select replace(cause, '_', ' ') as "cause", remedy as "fix this", records as "records that clear",
                  amount as "money", age_days as "age (days)", example as "for example", example_reason as "why"
           from open_problems order by amount desc, records desc, cause""",
    )
    if not rows:
        return table(rows)
    first = rows[0]
    clears = f"({first['records that clear']} records and {first['money']:,.2f}):"
    return blocks(table(rows), paragraph(bold("The fix that clears the most"), clears, first["fix this"]))


def table(rows: Sequence[Mapping[str, Any]]) -> Markdown:
    """A Markdown table, at most 50 rows; numbers right-aligned, amounts with two decimals."""
    if not rows:
        return text("None.")
    names = list(rows[0])
    numeric = [name for name in names if any(isinstance(row[name], Decimal | int) for row in rows)]
    shown = markdown.table(names, ([row[name] for name in names] for row in rows[:SHOWN]), right=numeric)
    left = len(rows) - SHOWN
    return blocks(shown, text(f"{left} more in the work paper.") if left > 0 else text(None))


def _query(connection: sa.Connection, statement: str) -> list[dict[str, Any]]:
    return [dict(row) for row in execute(connection, statement).mappings()]
