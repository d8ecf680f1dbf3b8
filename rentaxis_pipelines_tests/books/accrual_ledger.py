"""What RentAxis' records post on the accrual basis, record by record: an accountant's own reckoning, in SQL over RentAxis' tables.

An invoice on its date against receivables, an expense on its date against payables and paid on the day it was paid, and each of the rest by
the article of Intuit's that ``docs/how-records-arrive.md`` names for it. Debits are positive. Not here: what any of it is in QuickBooks.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

Ask = Callable[..., list[dict[str, Any]]]
RECEIVABLE, PAYABLE = "receivable", "payable"
CENT = Decimal("0.01")


class Posted(NamedTuple):
    """One line of the ledger. ``account``: a number, RECEIVABLE or PAYABLE, or ``received check``, ``spent ach`` where only a method is named.

    ``booked``: the day by which QuickBooks has it, where that is another by design.
    """

    source_type: str
    source_id: str
    day: dt.date
    booked: dt.date
    account: str
    amount: Decimal

    @property
    def key(self) -> tuple[str, str]:
        return self.source_type, self.source_id


# The account of a line that names none, by the kind of what is billed or credited.
USUAL = """CASE {kind} WHEN 'rent' THEN '4000' WHEN 'late_fee' THEN '4100' WHEN 'deposit' THEN '2100'
           WHEN 'concession' THEN '4000' WHEN 'write_off' THEN '5950' ELSE '4900' END"""
# Where the money of a payment is until a deposit brings it to the bank.
_RECEIVED = "coalesce(money.number, 'received ' || p.method)"
# Money that was received, whatever became of it.
_STANDS = """p.deleted_at IS NULL AND (p.status = 'completed' OR p.status IN ('failed', 'void') AND p.returned_on IS NOT NULL
             OR p.status = 'refunded' AND EXISTS (SELECT FROM payment_refunds r WHERE r.payment_id = p.id AND r.deleted_at IS NULL))"""

BILLED = f"""
  SELECT CASE WHEN i.type = 'payable' THEN 'payable_invoice' WHEN i.total_amount < 0 THEN 'credit' ELSE 'invoice' END AS source_type,
         CASE WHEN i.type = 'receivable' AND i.total_amount < 0 THEN 'invoice-' ELSE '' END || i.id AS source_id, i.invoice_date AS day,
         i.invoice_date AS booked, side.account, side.sign * CASE i.type WHEN 'payable' THEN -1 ELSE 1 END * l.amount AS amount
  FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id AND l.deleted_at IS NULL LEFT JOIN accounts a ON a.id = l.account_id
  CROSS JOIN LATERAL (VALUES (1, CASE i.type WHEN 'payable' THEN 'payable' ELSE 'receivable' END),
                             (-1, coalesce(a.number, {USUAL.format(kind="i.kind")}))) side (sign, account)
  WHERE i.organization_id = 1 AND i.deleted_at IS NULL AND i.status NOT IN ('draft', 'void')
    AND (i.type = 'receivable' OR NOT EXISTS (
      SELECT FROM expenses e WHERE e.payable_invoice_id = i.id AND e.deleted_at IS NULL AND e.status <> 'void'))"""
CREDITED = f"""
  SELECT 'credit', 'credit-' || c.id, c.credit_date, c.credit_date, side.account, side.sign * l.amount
  FROM credits c JOIN credit_lines l ON l.credit_id = c.id AND l.deleted_at IS NULL LEFT JOIN accounts a ON a.id = l.account_id
  CROSS JOIN LATERAL (VALUES (-1, 'receivable'), (1, coalesce(a.number, {USUAL.format(kind="c.kind")}))) side (sign, account)
  WHERE c.organization_id = 1 AND c.deleted_at IS NULL AND c.status = 'issued'
  UNION ALL
  SELECT 'credit', 'late-fee-' || f.id, coalesce(f.waived_on, f.assessed_on), coalesce(f.waived_on, f.assessed_on), side.account,
         side.sign * f.amount
  FROM late_fee_assessments f JOIN invoices i ON i.id = f.fee_invoice_id AND i.deleted_at IS NULL AND i.status <> 'void'
  CROSS JOIN LATERAL (VALUES (-1, 'receivable'), (1, '4100')) side (sign, account)
  WHERE f.organization_id = 1 AND f.deleted_at IS NULL AND f.status = 'waived'"""
SETTLED = """
  SELECT side.source_type, side.source_id, side.day, side.day, side.account, side.amount
  FROM deposit_settlements s JOIN leases l ON l.id = s.lease_id AND l.organization_id = 1 JOIN organizations o ON o.id = 1
  LEFT JOIN accounts money ON money.id = s.refund_account_id
  CROSS JOIN LATERAL (SELECT (s.finalized_at AT TIME ZONE o.timezone)::date AS final) at
  CROSS JOIN LATERAL (VALUES
    ('credit', 'deposit-' || s.id, at.final, '2100', s.deposit_held - s.refund_amount),
    ('credit', 'deposit-' || s.id, at.final, 'receivable', s.refund_amount - s.deposit_held),
    ('deposit_settlement', s.id::text, coalesce(s.refunded_on, at.final), '2100', s.refund_amount),
    ('deposit_settlement', s.id::text, coalesce(s.refunded_on, at.final), coalesce(money.number, '1000'), -s.refund_amount)
  ) side (source_type, source_id, day, account, amount)
  WHERE s.deleted_at IS NULL AND s.finalized_at IS NOT NULL"""
RECEIVED = f"""
  SELECT 'payment', p.id::text, p.payment_date, p.payment_date, side.account, side.sign * p.amount
  FROM payments p LEFT JOIN accounts money ON money.id = p.deposit_account_id
  CROSS JOIN LATERAL (VALUES (1, {_RECEIVED}), (-1, 'receivable')) side (sign, account)
  WHERE p.organization_id = 1 AND {_STANDS}
  UNION ALL
  SELECT side.source_type, p.id::text, p.returned_on, p.returned_on, side.account, side.amount
  FROM payments p LEFT JOIN accounts money ON money.id = p.deposit_account_id
  LEFT JOIN LATERAL (
    SELECT a.number FROM bank_deposit_payments g JOIN bank_deposits d ON d.id = g.deposit_id JOIN accounts a ON a.id = d.account_id
    WHERE g.payment_id = p.id AND g.deleted_at IS NULL AND d.deleted_at IS NULL AND d.status = 'completed' AND money.number IS NULL
  ) banked ON true
  CROSS JOIN LATERAL (SELECT coalesce(banked.number, {_RECEIVED}) AS account) was_in
  CROSS JOIN LATERAL (VALUES
    ('payment_return', 'receivable', p.amount), ('payment_return', was_in.account, -p.amount),
    ('payment_return_fee', '5900', coalesce(p.return_fee, 0)), ('payment_return_fee', was_in.account, -coalesce(p.return_fee, 0))
  ) side (source_type, account, amount)
  WHERE p.organization_id = 1 AND {_STANDS} AND p.returned_on IS NOT NULL"""
BANKED = f"""
  SELECT 'deposit', d.id::text, d.deposit_date, d.deposit_date, side.account, side.amount
  FROM bank_deposits d JOIN accounts bank ON bank.id = d.account_id
  CROSS JOIN LATERAL (
    SELECT bank.number AS account, d.total AS amount
    UNION ALL SELECT '5900', d.fee
    UNION ALL SELECT {_RECEIVED}, -g.amount FROM bank_deposit_payments g JOIN payments p ON p.id = g.payment_id
              LEFT JOIN accounts money ON money.id = p.deposit_account_id WHERE g.deposit_id = d.id AND g.deleted_at IS NULL
    UNION ALL SELECT a.number, -l.amount FROM bank_deposit_lines l JOIN accounts a ON a.id = l.account_id
              WHERE l.deposit_id = d.id AND l.deleted_at IS NULL
  ) side
  WHERE d.organization_id = 1 AND d.deleted_at IS NULL AND d.status = 'completed'"""
# Whom nobody is owed is paid at once; what is paid on its own day is one transaction; each part payment is one of its own.
SPENT = """
  WITH expense AS (
    SELECT e.*, cost.number AS cost, coalesce(money.number, 'spent ' || e.payment_method) AS paid_from,
           e.vendor_id IS NOT NULL OR coalesce(btrim(e.vendor_name), '') <> '' AS owed_to_somebody,
           EXISTS (SELECT FROM expense_payments p WHERE p.expense_id = e.id AND p.deleted_at IS NULL) AS in_parts
    FROM expenses e JOIN accounts cost ON cost.id = e.account_id LEFT JOIN accounts money ON money.id = e.paid_from_account_id
    WHERE e.organization_id = 1 AND e.deleted_at IS NULL AND e.status <> 'void'
  )
  SELECT 'expense', e.id::text, e.expense_date,
         CASE WHEN e.status = 'paid' AND NOT e.owed_to_somebody THEN coalesce(e.paid_at, e.expense_date) ELSE e.expense_date END,
         side.account, side.sign * e.amount
  FROM expense e CROSS JOIN LATERAL (VALUES (1, e.cost), (-1, 'payable')) side (sign, account)
  UNION ALL
  SELECT CASE WHEN e.owed_to_somebody AND e.paid_at <> e.expense_date THEN 'expense_payment' ELSE 'expense' END, e.id::text,
         coalesce(e.paid_at, e.expense_date), coalesce(e.paid_at, e.expense_date), side.account, side.sign * e.amount
  FROM expense e CROSS JOIN LATERAL (VALUES (1, 'payable'), (-1, e.paid_from)) side (sign, account)
  WHERE e.status = 'paid' AND NOT e.in_parts
  UNION ALL
  SELECT 'expense_part_payment', e.id || '~' || p.id, p.paid_on, p.paid_on, side.account, side.sign * p.amount
  FROM expense e JOIN expense_payments p ON p.expense_id = e.id AND p.deleted_at IS NULL
  LEFT JOIN accounts money ON money.id = p.paid_from_account_id
  CROSS JOIN LATERAL (VALUES (1, 'payable'), (-1, coalesce(money.number, 'spent ' || p.method))) side (sign, account)"""
# Entries with ids below zero were posted by a document, which is above.
ENTERED = """
  SELECT CASE e.source_type WHEN 'bank' THEN 'bank_transaction' ELSE 'journal_entry' END,
         CASE e.source_type WHEN 'bank' THEN b.id ELSE e.id END::text, e.entry_date, e.entry_date, a.number, l.debit - l.credit
  FROM journal_entries e JOIN journal_entry_lines l ON l.journal_entry_id = e.id JOIN accounts a ON a.id = l.account_id
  LEFT JOIN bank_transactions b ON b.journal_entry_id = e.id
  WHERE e.organization_id = 1 AND e.id > 0 AND e.deleted_at IS NULL AND e.status IN ('posted', 'reversed')"""
REFUNDED = f"""
  SELECT r.id::text AS source_id, r.refund_date AS day, coalesce(money.number, 'spent ' || r.method) AS paid_from, r.amount,
         p.amount - coalesce((SELECT sum(a.amount) FROM payment_allocations a WHERE a.payment_id = p.id AND a.deleted_at IS NULL), 0)
           AS not_applied,
         (SELECT json_object_agg(account, share) FROM (
            SELECT coalesce(n.number, {USUAL.format(kind="i.kind")}) AS account, sum(a.amount * l.amount / i.total_amount) AS share
            FROM payment_allocations a JOIN invoices i ON i.id = a.invoice_id
            JOIN invoice_lines l ON l.invoice_id = i.id AND l.deleted_at IS NULL LEFT JOIN accounts n ON n.id = l.account_id
            WHERE a.payment_id = p.id AND a.deleted_at IS NULL GROUP BY 1) paid) AS paid_for
  FROM payment_refunds r JOIN payments p ON p.id = r.payment_id LEFT JOIN accounts money ON money.id = r.account_id
  WHERE p.organization_id = 1 AND p.deleted_at IS NULL AND r.deleted_at IS NULL AND r.status = 'completed'"""


def posted(ask: Ask) -> list[Posted]:
    """Everything that RentAxis' records of the first organization post."""
    found: list[Posted] = []
    for statement in (BILLED, CREDITED, SETTLED, RECEIVED, BANKED, SPENT, ENTERED):
        rows = ask(f"SELECT * FROM ({statement}) AS line ({', '.join(Posted._fields)})")
        found += [Posted(**row) for row in rows]
    found += [line for row in ask(REFUNDED) for line in _refund(row)]
    return [line for line in found if line.amount]


def _refund(row: dict[str, Any]) -> Iterable[Posted]:
    """What was not applied is the customer's own; what paid an invoice is taken off what was billed, in proportion."""
    key = ("refund", row["source_id"], row["day"], row["day"])
    yield Posted(*key, row["paid_from"], -row["amount"])
    if row["amount"] <= row["not_applied"]:
        yield Posted(*key, RECEIVABLE, row["amount"])
        return
    shares = {account: Decimal(str(share)) for account, share in row["paid_for"].items()}
    whole = sum(shares.values())
    parts = {
        account: (row["amount"] * share / whole).quantize(CENT, ROUND_HALF_UP)
        for account, share in shares.items()
    }
    parts[max(parts, key=lambda account: parts[account])] += row["amount"] - sum(parts.values())
    for account, part in parts.items():
        yield Posted(*key, account, part)


def by_month(lines: Iterable[tuple[dt.date, str, Decimal]]) -> dict[tuple[dt.date, str], Decimal]:
    """Each account's balance at each month end at which any account moved, from the first on; none that is zero."""
    moved: dict[dt.date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for day, account, amount in lines:
        moved[day.replace(day=1)][account] += amount
    balance: dict[str, Decimal] = defaultdict(Decimal)
    found: dict[tuple[dt.date, str], Decimal] = {}
    for month in sorted(moved):
        for account, amount in moved[month].items():
            balance[account] += amount
        found |= {(month, account): amount for account, amount in balance.items() if amount}
    return found
