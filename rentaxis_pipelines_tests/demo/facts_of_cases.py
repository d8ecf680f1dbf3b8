"""What the labels of the demo's cases say of their records. Not here: whether it is true (``test_cases``)."""

from typing import NamedTuple

IN_RANGE = "BETWEEN date '2026-05-01' AND date '2026-10-31'"


class Fact(NamedTuple):
    """``how_many`` records of a type stand under a label, and ``r``, each of them, fulfils the condition."""

    label: str
    entity_type: str
    how_many: int
    condition: str


LIVE_LINES = "(SELECT {} FROM invoice_lines l WHERE l.invoice_id = r.id AND l.deleted_at IS NULL)"
APPLIED = "(SELECT {} FROM payment_allocations a WHERE a.payment_id = r.id AND a.deleted_at IS NULL)"
PAID = "(SELECT {} FROM payment_allocations a WHERE a.invoice_id = r.id AND a.deleted_at IS NULL)"
KNOWN_METHODS = (
    "('cash','check','bank_transfer','money_order','zelle','venmo','credit_card','ach','stripe','other')"
)
HAS_INVOICES = (
    "(SELECT count(*) FROM invoices i WHERE i.billed_to_type = '{}' AND i.billed_to_id = r.id) >= 4"
)


def account(number: str) -> str:
    return f"(SELECT id FROM accounts WHERE organization_id = 1 AND number = '{number}')"


FACTS = (
    # who pays
    Fact(
        "split_rent", "invoice", 2,
        "(SELECT count(DISTINCT i.billed_to_type) = 2 AND sum(i.total_amount) = max(l.rent_amount)"
        " FROM invoices i"
        " JOIN leases l ON l.id = i.lease_id WHERE i.lease_id = r.lease_id"
        " AND i.invoice_date = r.invoice_date)",
    ),
    Fact("program_customer", "program", 1, HAS_INVOICES.format("program")),
    Fact(
        "program_customer", "invoice", 1,
        "r.billed_to_type = 'program' AND r.total_amount = (SELECT rent_amount FROM leases"
        " WHERE id = r.lease_id)",
    ),
    Fact(
        "tenant_in_two_organizations", "tenant", 1,
        "(SELECT array_agg(DISTINCT organization_id ORDER BY organization_id) FROM invoices"
        " WHERE billed_to_type = 'tenant' AND billed_to_id = r.id) = ARRAY[1, 2]::bigint[]",
    ),
    Fact("missing_email", "tenant", 2, f"coalesce(r.email, '') = '' AND {HAS_INVOICES.format('tenant')}"),
    Fact(
        "same_names", "tenant", 2,
        "r.name = 'James Carter' AND (SELECT count(*) = 2 FROM tenants WHERE name = r.name)",
    ),
    Fact(
        "rename", "tenant", 1,
        f"r.updated_at > r.created_at + interval '3 months' AND r.updated_at::date {IN_RANGE}",
    ),
    Fact("name_refused_by_quickbooks", "tenant", 2, "r.name ~ ':' OR length(r.name) > 100"),
    Fact("name_with_accents_and_quotes", "tenant", 1, "r.name ~ '''' AND r.name ~ '[éø]'"),
    Fact("several_emails", "tenant", 1, "r.email ~ '^[^@]+@[^@]+; [^@]+@[^@]+$'"),
    Fact("unfit_email", "tenant", 1, "r.email !~ '@'"),
    Fact(
        "program_shares_email", "tenant", 1,
        "EXISTS (SELECT FROM programs p WHERE lower(p.email) = lower(r.email))",
    ),
    Fact(
        "program_shares_email", "program", 1,
        "EXISTS (SELECT FROM tenants t WHERE lower(t.email) = lower(r.email))",
    ),
    Fact(
        "born_in_quickbooks", "program", 1,
        "r.name = 'Harbor Street Bakery' AND r.email = 'books@harborstreet.example'"
        " AND (SELECT (qbo_type, qbo_id, origin) = ('Customer', '58', 'imported') FROM quickbooks_links"
        f" WHERE entity_type = 'program' AND entity_id = r.id) AND {HAS_INVOICES.format('program')}",
    ),
    Fact(
        "customer_before_the_range", "tenant", 1,
        f"r.created_at < '2026-05-01' AND {HAS_INVOICES.format('tenant')}",
    ),
    # who stands in QuickBooks already (the names and addresses are agreed with the emulator's demo company)
    *(
        Fact(label, "tenant", 1, f"r.name = '{name}' AND {email} AND {HAS_INVOICES.format('tenant')}")
        for label, name, email in (
            ("match_email", "Marisol Alvarez", "r.email = 'Marisol.Alvarez@example.com'"),
            ("match_email_of_several", "Hannah Whitfield", "r.email = 'hannah.whitfield@example.com'"),
            ("match_name_only", "Terrence Boyd", "r.email IS NULL"),
            ("match_near_name", "Soren Kjaergaard", "r.email = 'soren.kjaergaard@example.com'"),
            ("match_two_customers", "Priya Natarajan", "r.email = 'priya.natarajan@example.com'"),
            ("match_inactive_customer", "Lucille Okafor", "r.email = 'lucille.okafor@example.com'"),
            ("match_vendor_of_that_name", "Grace Lindqvist", "r.email = 'grace.lindqvist@example.com'"),
        )
    ),
    # invoices
    Fact("draft_invoice", "invoice", 1, "r.status = 'draft' AND r.balance_due > 0"),
    Fact(
        "overdue", "invoice", 1,
        "r.status = 'overdue' AND r.amount_paid = 0 AND r.due_date < '2026-10-31'"
        " AND r.updated_at > r.due_date + 20",
    ),
    Fact(
        "edited_invoice", "invoice", 1,
        "r.updated_at > r.created_at + interval '1 day' AND EXISTS (SELECT FROM invoice_lines l"
        " WHERE l.invoice_id = r.id AND l.deleted_at > l.created_at)"
        f" AND r.total_amount = {LIVE_LINES.format('sum(amount)')}",
    ),
    Fact(
        "void_and_reissue", "invoice", 2,
        "(SELECT array_agg(status ORDER BY id) = ARRAY['void', 'paid'] AND count(void_reason) = 1"
        " FROM invoices i"
        " WHERE i.lease_id = r.lease_id"
        " AND date_trunc('month', i.invoice_date) = date_trunc('month', r.invoice_date))"
        " AND (SELECT count(DISTINCT payment_id) = 1 FROM payment_allocations a WHERE a.invoice_id = r.id)"
        f" AND (r.status = 'paid' OR {PAID.format('count(*)')} = 0)",
    ),
    Fact(
        "void_before_first_push", "invoice", 1,
        "r.status = 'void' AND r.void_reason <> '' AND r.voided_at < r.created_at + interval '1 day'",
    ),
    Fact(
        "number_of_a_void_invoice", "invoice", 1,
        "r.status <> 'void' AND EXISTS (SELECT FROM invoices i WHERE i.id <> r.id AND i.status = 'void'"
        " AND i.invoice_number = r.invoice_number)",
    ),
    Fact(
        "numbers_alike", "invoice", 1,
        "EXISTS (SELECT FROM invoices i WHERE i.invoice_number <> r.invoice_number AND i.status <> 'void'"
        " AND lower(i.invoice_number) = lower(r.invoice_number))",
    ),
    Fact(
        "late_fee", "invoice", 1,
        "r.kind = 'late_fee' AND r.status = 'paid'"
        f" AND {LIVE_LINES.format('max(account_id)')} = {account('4100')}"
        " AND EXISTS (SELECT FROM late_fee_assessments f JOIN invoices i ON i.id = f.source_invoice_id"
        " WHERE f.fee_invoice_id = r.id AND f.status = 'assessed' AND i.billed_to_id = r.billed_to_id)",
    ),
    Fact(
        "late_fee_waived", "invoice", 1,
        "r.kind = 'late_fee' AND r.status = 'void' AND EXISTS (SELECT FROM late_fee_assessments f"
        " WHERE f.fee_invoice_id = r.id AND f.status = 'waived' AND f.waiver_reason <> '')",
    ),
    Fact(
        "security_deposit", "invoice", 1,
        f"r.kind = 'deposit' AND {LIVE_LINES.format('max(account_id)')} = {account('2100')}",
    ),
    Fact(
        "rent_line_without_account", "invoice", 1,
        f"r.kind = 'rent' AND {LIVE_LINES.format('bool_and(account_id IS NULL)')}",
    ),
    Fact("taxes", "invoice", 1, f"r.total_amount = {LIVE_LINES.format('sum(amount)')}"),
    Fact(
        "time_zones", "invoice", 1,
        "(r.created_at AT TIME ZONE 'America/New_York')::date = r.invoice_date"
        " AND date_trunc('month', r.created_at AT TIME ZONE 'UTC') > date_trunc('month', r.invoice_date)",
    ),
    Fact(
        "time_zones", "tenant", 1,
        "date_trunc('month', r.created_at AT TIME ZONE 'America/New_York')"
        " < date_trunc('month', r.created_at AT TIME ZONE 'UTC')",
    ),
    Fact("rounding", "invoice", 1, f"r.total_amount - {LIVE_LINES.format('sum(amount)')} = 0.01"),
    Fact(
        "exact_cents", "invoice", 1,
        f"{LIVE_LINES.format('sum(amount::float8)')} <> 3.3::float8 AND r.total_amount = 3.30",
    ),
    Fact(
        "proration", "invoice", 1,
        "r.total_amount < (SELECT rent_amount FROM leases WHERE id = r.lease_id)",
    ),
    Fact("concession", "invoice", 1, f"r.total_amount > 0 AND {LIVE_LINES.format('min(amount)')} < 0"),
    Fact(
        "imported_history", "invoice", 1,
        "r.status = 'paid' AND r.balance_due = 0 AND r.total_amount > 0"
        " AND NOT EXISTS (SELECT FROM payment_allocations a WHERE a.invoice_id = r.id)",
    ),
    Fact("force_and_date_range", "invoice", 1, "r.invoice_date < '2026-05-01' AND r.status = 'paid'"),
    Fact(
        "force_and_date_range", "payment", 1,
        f"r.payment_date {IN_RANGE} AND (SELECT bool_and(i.invoice_date < '2026-05-01')"
        " FROM payment_allocations a"
        " JOIN invoices i ON i.id = a.invoice_id WHERE a.payment_id = r.id)",
    ),
    Fact(
        "long_memo", "invoice", 1,
        f"length(r.memo) > 4000 AND {LIVE_LINES.format('max(length(description))')} > 4000",
    ),
    *(
        Fact("deleted_source_row", kind, 1, "r.deleted_at > r.created_at AND r.updated_at = r.deleted_at")
        for kind in ("tenant", "invoice", "payment", "expense")
    ),
    # payments
    Fact(
        "part_payment", "invoice", 1,
        "r.status = 'partially_paid' AND r.amount_paid > 0 AND r.balance_due > 0",
    ),
    Fact("part_payment", "payment", 1, f"r.amount = {APPLIED.format('sum(amount)')}"),
    Fact(
        "one_payment_many_invoices", "payment", 1,
        f"{APPLIED.format('count(*)')} = 3 AND r.amount = {APPLIED.format('sum(amount)')}",
    ),
    Fact(
        "overpayment", "payment", 1,
        f"r.amount - {APPLIED.format('sum(amount)')} = 150 AND EXISTS (SELECT FROM tenant_credits c"
        " WHERE c.source_payment_id = r.id AND c.tenant_id = r.payer_id AND c.remaining = 150)",
    ),
    Fact(
        "credit_used_later", "payment", 1,
        f"r.amount = {APPLIED.format('sum(amount)')} AND {APPLIED.format('max(created_at)')} > r.created_at"
        " AND EXISTS (SELECT FROM tenant_credits c WHERE c.source_payment_id = r.id AND c.remaining = 0)",
    ),
    Fact(
        "payment_edited", "payment", 1,
        "r.updated_at > r.created_at AND EXISTS (SELECT FROM payment_allocations a WHERE a.payment_id = r.id"
        " AND a.deleted_at IS NOT NULL AND a.amount < r.amount)"
        f" AND r.amount = {APPLIED.format('sum(amount)')}",
    ),
    Fact(
        "payment_void", "payment", 1,
        f"r.status = 'void' AND r.void_reason <> '' AND {APPLIED.format('count(*)')} = 0"
        " AND (SELECT bool_and(i.balance_due = i.total_amount) FROM payment_allocations a"
        " JOIN invoices i ON i.id = a.invoice_id WHERE a.payment_id = r.id)",
    ),
    Fact(
        "payment_returned", "payment", 1,
        f"r.status = 'failed' AND r.returned_on > r.payment_date AND r.return_reason <> '' AND r.return_fee > 0"
        f" AND {APPLIED.format('count(*)')} = 0",
    ),
    Fact(
        "payment_refunded", "payment", 2,
        "EXISTS (SELECT FROM payment_refunds f WHERE f.payment_id = r.id AND f.refund_date > r.payment_date"
        " AND f.amount < r.amount)",
    ),
    Fact(
        "checks_deposited_together", "payment", 2,
        "r.method = 'check' AND r.deposit_account_id IS NULL AND EXISTS (SELECT FROM bank_deposit_payments g"
        " JOIN bank_deposits d ON d.id = g.deposit_id WHERE g.payment_id = r.id AND d.kind = 'batch' AND d.total = 105)",
    ),
    Fact("refund_status", "payment", 3, "r.status IN ('refunded', 'failed', 'pending')"),
    Fact(
        "stripe_fees", "payment", 1,
        f"r.method = 'stripe' AND r.stripe_payment_id <> '' AND r.deposit_account_id = {account('1050')}"
        f" AND r.amount = {APPLIED.format('sum(amount)')}",
    ),
    Fact(
        "payment_for_another_payer", "payment", 1,
        "EXISTS (SELECT FROM payment_allocations a JOIN invoices i ON i.id = a.invoice_id"
        " WHERE a.payment_id = r.id AND i.billed_to_id <> r.payer_id)",
    ),
    Fact(
        "rent_paid_early", "payment", 1,
        "EXISTS (SELECT FROM payment_allocations a JOIN invoices i ON i.id = a.invoice_id"
        " WHERE a.payment_id = r.id AND a.deleted_at IS NULL AND i.invoice_date = r.payment_date + 1"
        " AND extract(day FROM i.invoice_date) = 1)",
    ),
    Fact(
        "payment_on_a_void_invoice", "payment", 1,
        "EXISTS (SELECT FROM payment_allocations a JOIN invoices i ON i.id = a.invoice_id"
        " WHERE a.payment_id = r.id AND a.deleted_at IS NULL AND i.status = 'void')",
    ),
    # expenses
    Fact(
        "expense_paid_now", "expense", 1,
        "r.status = 'paid' AND r.paid_at = r.expense_date AND r.vendor_id IS NOT NULL",
    ),
    Fact(
        "expense_unpaid", "expense", 1,
        "r.status = 'unpaid' AND r.vendor_id IS NOT NULL AND r.due_date IS NOT NULL",
    ),
    Fact(
        "expense_paid_later", "expense", 1,
        "r.status = 'paid' AND r.paid_at > r.expense_date + 20 AND r.vendor_id IS NOT NULL"
        " AND date_trunc('month', r.paid_at) > r.expense_date",
    ),
    Fact(
        "expense_paid_in_parts", "expense", 1,
        "r.status = 'partially_paid' AND r.vendor_id IS NOT NULL AND"
        " (SELECT count(*) = 2 AND sum(p.amount) < r.amount FROM rentaxis.expense_payments p WHERE p.expense_id = r.id)",
    ),
    Fact(
        "expense_without_vendor_paid_later", "expense", 1,
        "r.paid_at > r.expense_date AND num_nonnulls(r.vendor_id, r.vendor_name) = 0",
    ),
    Fact("unmapped_bank_account", "expense", 1, f"r.paid_from_account_id = {account('1090')}"),
    Fact("check_number", "payment", 1, "r.method = 'check' AND r.reference ~ '^[0-9]+$'"),
    Fact("void_with_a_reason", "payment", 1, "r.status = 'void' AND r.void_reason <> ''"),
    Fact(
        "expense_custom_property", "expense", 1,
        "r.custom_property_name <> '' AND num_nonnulls(r.property_id, r.unit_id) = 0",
    ),
    Fact(
        "vendor_missing_on_bill", "expense", 1,
        "r.status = 'unpaid' AND num_nonnulls(r.vendor_id, r.vendor_name) = 0",
    ),
    Fact("vendor_as_text", "expense", 1, "r.vendor_id IS NULL AND r.vendor_name <> ''"),
    Fact(
        "vendor_in_quickbooks", "vendor", 1,
        "(r.name, r.email) = ('Brightline Plumbing', 'office@brightline.example')",
    ),
    Fact(
        "vendor_in_quickbooks", "expense", 1,
        "(SELECT name FROM vendors WHERE id = r.vendor_id) = 'Brightline Plumbing'",
    ),
    Fact(
        "payable_invoice", "invoice", 1,
        "r.type = 'payable' AND (SELECT sum(e.amount) FROM expenses e"
        " WHERE e.payable_invoice_id = r.id) = r.total_amount",
    ),
    Fact("payable_invoice", "expense", 1, "r.payable_invoice_id IS NOT NULL AND r.vendor_id IS NOT NULL"),
    Fact(
        "payable_invoice_alone", "invoice", 1,
        "r.type = 'payable' AND NOT EXISTS (SELECT FROM expenses e WHERE e.payable_invoice_id = r.id)",
    ),
    Fact("dated_by_a_slip", "expense", 1, "extract(year FROM r.expense_date) = 2062"),
    Fact(
        "bank_line_categorized", "bank_transaction", 1,
        "r.status = 'categorized' AND EXISTS (SELECT FROM journal_entries e WHERE e.id = r.journal_entry_id AND e.source_type = 'bank')",
    ),
    Fact(
        "inactive_account", "expense", 1,
        f"r.account_id = {account('5999')} AND NOT (SELECT is_active FROM accounts WHERE id = r.account_id)",
    ),
    Fact("expense_void", "expense", 1, "r.status = 'void'"),
    # beside the documents
    Fact("currency", "organization", 1, "r.currency = 'USD'"),
    Fact("journal_entries", "journal_entry", 1, "r.source_type = 'manual' AND r.status = 'posted'"),
    Fact(
        "owner_statements", "journal_entry", 1,
        "EXISTS (SELECT FROM journal_entry_lines l JOIN accounts a ON a.id = l.account_id"
        " WHERE l.journal_entry_id = r.id AND a.type = 'equity')",
    ),
    Fact("bank_feed_loop", "bank_transaction", 1, "r.source = 'quickbooks' AND r.status = 'matched'"),
    Fact(
        "bank_feed_loop", "expense", 1,
        "(SELECT b.amount FROM bank_transactions b WHERE b.matched_type = 'expense'"
        " AND b.matched_id = r.id) = -r.amount",
    ),
    Fact(
        "deposit_settlement", "deposit_settlement", 1,
        "r.deductions_total + r.refund_amount = r.deposit_held AND r.deductions_total > 0"
        " AND (SELECT status FROM leases WHERE id = r.lease_id) = 'ended'",
    ),
    Fact(
        "deposit_settlement_billed", "invoice", 1,
        "r.status = 'paid' AND EXISTS (SELECT FROM deposit_deductions d WHERE d.invoice_id = r.id AND d.amount = r.total_amount)",
    ),
    Fact(
        "deposit_settlement_billed", "deposit_settlement", 1,
        "(SELECT sum(d.amount) FROM deposit_deductions d JOIN invoices i ON i.id = d.invoice_id AND i.status = 'paid'"
        " WHERE d.settlement_id = r.id) = r.deductions_total AND r.refund_amount > 0",
    ),
    # credits
    Fact(
        "credit_concession", "credit", 1,
        "r.kind = 'concession' AND (SELECT sum(a.amount) = r.total_amount AND bool_and(i.status = 'paid') FROM credit_allocations a"
        " JOIN invoices i ON i.id = a.invoice_id WHERE a.credit_id = r.id)",
    ),
    Fact(
        "credit_write_off", "credit", 1,
        "r.kind = 'write_off' AND EXISTS (SELECT FROM credit_allocations a JOIN invoices i ON i.id = a.invoice_id"
        " WHERE a.credit_id = r.id AND i.total_amount = r.total_amount AND i.invoice_date < r.credit_date - 30)",
    ),
    Fact("credit_open", "credit", 1, "NOT EXISTS (SELECT FROM credit_allocations a WHERE a.credit_id = r.id)"),
    Fact(
        "invoice_below_zero", "invoice", 1,
        "r.total_amount < 0 AND EXISTS (SELECT FROM credit_allocations a WHERE a.credit_invoice_id = r.id AND a.amount = -r.total_amount)",
    ),
    Fact(
        "late_fee_credited", "invoice", 1,
        "r.kind = 'late_fee' AND r.status = 'paid' AND EXISTS (SELECT FROM late_fee_assessments f WHERE f.fee_invoice_id = r.id"
        " AND f.status = 'waived' AND f.waived_on > f.assessed_on)",
    ),
    Fact("vendor_credit", "expense", 1, "r.amount < 0 AND r.status = 'unpaid' AND r.vendor_id IS NOT NULL"),
    Fact("card_credit", "expense", 1, "r.amount < 0 AND r.payment_method = 'credit_card'"),
    # what else is known of tenants and vendors
    Fact(
        "sub_customer", "tenant", 1,
        "EXISTS (SELECT FROM leases l JOIN units u ON u.id = l.unit_id JOIN properties p ON p.id = u.property_id"
        " WHERE l.tenant_id = r.id AND l.status = 'active' AND p.street_address <> '')",
    ),
    *(
        Fact("billing_address", kind, 1, "num_nonnulls(r.mailing_street, r.mailing_city, r.mailing_state, r.mailing_zip) = 4")
        for kind in ("tenant", "vendor")
    ),
    Fact("terms", "invoice", 1, "r.terms = 'Due on receipt' AND r.due_date = r.invoice_date"),
    Fact("terms", "expense", 1, "r.terms = 'Net 15' AND r.due_date = r.expense_date + 15 AND r.status = 'unpaid'"),
    Fact("terms", "vendor", 1, "r.terms = 'Net 30'"),
    Fact("vendor_1099", "vendor", 1, "r.is_1099 AND r.tax_id ~ '^00-[0-9]{7}$'"),
    Fact("vendor_1099_unfit", "vendor", 1, "r.is_1099 AND r.tax_id !~ '[0-9]'"),
    Fact(
        "draft_lease", "lease", 1,
        "r.status = 'draft' AND NOT EXISTS (SELECT FROM invoices i WHERE i.lease_id = r.id)",
    ),
    # rows that should not exist
    Fact(
        "unknown_source_value", "invoice", 1,
        "r.status NOT IN ('draft', 'sent', 'partially_paid', 'paid', 'overdue', 'void')",
    ),
    Fact(
        "unknown_source_value", "payment", 2,
        f"r.method NOT IN {KNOWN_METHODS}"
        " OR r.status NOT IN ('completed', 'void', 'pending', 'failed', 'refunded')",
    ),
    Fact("unknown_source_value", "expense", 1, "r.status NOT IN ('unpaid', 'paid', 'void')"),
    Fact("missing_field", "invoice", 1, "r.invoice_number IS NULL"),
    Fact("missing_field", "expense", 1, "r.account_id IS NULL"),
    Fact("missing_field", "tenant", 1, f"btrim(r.name) = '' AND {HAS_INVOICES.format('tenant')}"),
    Fact("payer_missing", "invoice", 1, "NOT EXISTS (SELECT FROM tenants WHERE id = r.billed_to_id)"),
    Fact("allocations_exceed_payment", "payment", 1, f"{APPLIED.format('sum(amount)')} > r.amount"),
)  # fmt: skip
