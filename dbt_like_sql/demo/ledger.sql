-- The demo's general ledger: what its documents post by themselves, as RentAxis does ("Invoices and payments post by themselves", knowledge
-- base, Journal entries). Run once after the demo's rows are there: everything is posted, and from then on each change posts anew.
--
-- On the accrual basis: an invoice on its date, against accounts receivable; a payment on its date; an expense on its date, against accounts
-- payable, and paid on the day it was paid. Entries typed by a person and categorized bank lines are rows of the portfolio. The rules are
-- text that is run when needed, so that no table or column of the schema hangs on them.

SET search_path = rentaxis;

-- Entries that are posted automatically have ids below zero: those of a person never meet them.
CREATE SEQUENCE journal_entry_ids INCREMENT -1 START -1 MAXVALUE -1;
CREATE SEQUENCE journal_entry_line_ids INCREMENT -1 START -1 MAXVALUE -1;
CREATE INDEX ON journal_entries (source_type, source_id);
CREATE INDEX ON journal_entry_lines (journal_entry_id);

-- One row a line of an entry: which document and step it is of, the account, debits positive.
CREATE FUNCTION postings_of(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE kind
    WHEN 'invoice' THEN $rule$
      SELECT i.organization_id, CASE i.type WHEN 'payable' THEN 'payable_invoice' ELSE 'invoice' END AS source_type, i.id AS source_id,
             i.invoice_date AS entry_date, 'Invoice ' || i.id AS description, place.property_id,
             side.account_id, side.sign * CASE i.type WHEN 'payable' THEN -1 ELSE 1 END * l.amount AS amount
      FROM invoices i
      JOIN invoice_lines l ON l.invoice_id = i.id AND l.deleted_at IS NULL
      LEFT JOIN leases ON leases.id = i.lease_id
      LEFT JOIN units ON units.id = coalesce(i.unit_id, leases.unit_id)
      CROSS JOIN LATERAL (SELECT coalesce(i.property_id, units.property_id) AS property_id) place
      JOIN accounts control ON control.organization_id = i.organization_id
        AND control.subtype = CASE i.type WHEN 'payable' THEN 'accounts_payable' ELSE 'accounts_receivable' END
      -- A line without an account goes to the account of its kind of charge.
      LEFT JOIN accounts usual ON usual.organization_id = i.organization_id
        AND usual.number = CASE i.kind WHEN 'rent' THEN '4000' WHEN 'late_fee' THEN '4100' WHEN 'deposit' THEN '2100' ELSE '4900' END
      CROSS JOIN LATERAL (VALUES (1, control.id), (-1, coalesce(l.account_id, usual.id))) side (sign, account_id)
      WHERE i.deleted_at IS NULL AND i.status NOT IN ('draft', 'void')
        AND (i.type <> 'payable' OR NOT EXISTS (
          SELECT FROM expenses e WHERE e.payable_invoice_id = i.id AND e.deleted_at IS NULL AND e.status <> 'void'))
        AND ($1 IS NULL OR i.id = $1)
    $rule$
    WHEN 'payment' THEN $rule$
      SELECT p.organization_id, 'payment' AS source_type, p.id AS source_id, p.payment_date AS entry_date, 'Payment ' || p.id AS description,
             NULL::bigint AS property_id, side.account_id, side.sign * p.amount AS amount
      FROM payments p
      JOIN accounts control ON control.organization_id = p.organization_id AND control.subtype = 'accounts_receivable'
      JOIN accounts bank ON bank.organization_id = p.organization_id AND bank.number = '1000'
      CROSS JOIN LATERAL (VALUES (1, coalesce(p.deposit_account_id, bank.id)), (-1, control.id)) side (sign, account_id)
      WHERE p.deleted_at IS NULL AND p.status = 'completed' AND ($1 IS NULL OR p.id = $1)
    $rule$
    WHEN 'expense' THEN $rule$
      SELECT e.organization_id, 'expense' AS source_type, e.id AS source_id, step.entry_date, step.name || e.id AS description,
             coalesce(e.property_id, units.property_id) AS property_id, step.account_id, step.amount
      FROM expenses e
      LEFT JOIN units ON units.id = e.unit_id
      JOIN accounts control ON control.organization_id = e.organization_id AND control.subtype = 'accounts_payable'
      JOIN accounts bank ON bank.organization_id = e.organization_id AND bank.number = '1000'
      CROSS JOIN LATERAL (
        SELECT 'Expense ' AS name, e.expense_date AS entry_date, e.account_id, e.amount
        UNION ALL SELECT 'Expense ', e.expense_date, control.id, -e.amount
        UNION ALL
        -- Payments of its own count; a mark only sums them up.
        SELECT paid.name, paid.paid_on, side.account_id, side.amount
        FROM (
          SELECT 'Payment ' || p.id || ' of expense ' AS name, p.paid_on, p.paid_from_account_id, p.amount
          FROM expense_payments p WHERE p.expense_id = e.id AND p.deleted_at IS NULL
          UNION ALL
          SELECT 'Payment of expense ', coalesce(e.paid_at, e.expense_date), e.paid_from_account_id, e.amount
          WHERE e.status = 'paid' AND NOT EXISTS (SELECT FROM expense_payments p WHERE p.expense_id = e.id AND p.deleted_at IS NULL)
        ) paid
        CROSS JOIN LATERAL (VALUES (control.id, paid.amount), (coalesce(paid.paid_from_account_id, bank.id), -paid.amount)) side (account_id, amount)
      ) step
      -- It is posted once it has a category.
      WHERE e.account_id IS NOT NULL AND e.deleted_at IS NULL AND e.status <> 'void' AND ($1 IS NULL OR e.id = $1)
    $rule$
    WHEN 'deposit_settlement' THEN $rule$
      SELECT l.organization_id, 'deposit_settlement' AS source_type, s.id AS source_id,
             (s.finalized_at AT TIME ZONE o.timezone)::date AS entry_date, 'Deposit settlement ' || s.id AS description, units.property_id,
             a.id AS account_id, side.amount
      FROM deposit_settlements s
      JOIN leases l ON l.id = s.lease_id
      JOIN units ON units.id = l.unit_id
      JOIN organizations o ON o.id = l.organization_id
      -- What an invoice bills is paid by the deposit; what none bills is earned as it is kept.
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(d.amount), 0) AS amount FROM deposit_deductions d
        WHERE d.settlement_id = s.id AND d.invoice_id IS NOT NULL AND d.deleted_at IS NULL
      ) billed
      CROSS JOIN LATERAL (
        VALUES ('2100', NULL::text, s.deductions_total + s.refund_amount), ('4900', NULL, billed.amount - s.deductions_total),
          (NULL, 'accounts_receivable', -billed.amount), ('1000', NULL, -s.refund_amount)
      ) side (number, subtype, amount)
      JOIN accounts a ON a.organization_id = l.organization_id AND (a.number = side.number OR a.subtype = side.subtype)
      WHERE s.deleted_at IS NULL AND s.finalized_at IS NOT NULL AND ($1 IS NULL OR s.id = $1)
    $rule$
  END
$$;

-- Posts the document of that kind and id anew; all of the kind for null.
CREATE FUNCTION post_documents(kind text, document bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = rentaxis AS $$
BEGIN
  EXECUTE 'WITH gone AS (
             DELETE FROM journal_entry_lines USING journal_entries e WHERE journal_entry_id = e.id AND e.id < 0
               AND e.source_type IN ($2, CASE $2 WHEN ''invoice'' THEN ''payable_invoice'' END) AND ($1 IS NULL OR e.source_id = $1)
             RETURNING journal_entry_id)
           DELETE FROM journal_entries WHERE id IN (SELECT journal_entry_id FROM gone)' USING document, kind;
  EXECUTE 'WITH posted AS MATERIALIZED (SELECT * FROM (' || postings_of(kind) || ') rule WHERE amount <> 0),
           entries AS (
             INSERT INTO journal_entries (id, organization_id, entry_date, description, status, source_type, source_id)
             SELECT nextval(''journal_entry_ids''), organization_id, entry_date, description, ''posted'', source_type, source_id
             FROM posted GROUP BY organization_id, entry_date, description, source_type, source_id
             RETURNING id, source_type, source_id, description)
           INSERT INTO journal_entry_lines (id, journal_entry_id, account_id, debit, credit, property_id)
           SELECT nextval(''journal_entry_line_ids''), entries.id, posted.account_id, greatest(posted.amount, 0), greatest(-posted.amount, 0),
                  posted.property_id
           FROM posted JOIN entries USING (source_type, source_id, description)' USING document;
END
$$;

-- Where the schema is no longer the demo's own, nothing is posted: whoever changed it keeps their ledger themselves.
CREATE FUNCTION post_by_itself() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
BEGIN
  PERFORM post_documents(TG_ARGV[0], (changed ->> TG_ARGV[1])::bigint);
  IF TG_TABLE_NAME = 'expenses' THEN  -- a payable invoice is posted where no expense is for the same debt
    PERFORM post_documents('invoice', invoice::bigint)
    FROM unnest(ARRAY[changed ->> 'payable_invoice_id', to_jsonb(OLD) ->> 'payable_invoice_id']) invoice WHERE invoice IS NOT NULL;
  END IF;
  RETURN NULL;
EXCEPTION WHEN syntax_error_or_access_rule_violation THEN RETURN NULL;
END
$$;

SELECT post_documents(kind, NULL) FROM unnest(ARRAY['invoice', 'payment', 'expense', 'deposit_settlement']) kind;

CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION post_by_itself('invoice', 'id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON invoice_lines FOR EACH ROW EXECUTE FUNCTION post_by_itself('invoice', 'invoice_id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION post_by_itself('payment', 'id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON expenses FOR EACH ROW EXECUTE FUNCTION post_by_itself('expense', 'id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON expense_payments FOR EACH ROW EXECUTE FUNCTION post_by_itself('expense', 'expense_id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON deposit_deductions
  FOR EACH ROW EXECUTE FUNCTION post_by_itself('deposit_settlement', 'settlement_id');
CREATE TRIGGER post_by_itself AFTER INSERT OR UPDATE OR DELETE ON deposit_settlements
  FOR EACH ROW EXECUTE FUNCTION post_by_itself('deposit_settlement', 'id');
