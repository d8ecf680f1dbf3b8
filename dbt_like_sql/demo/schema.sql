-- The demo RentAxis database: a stand-in for the real one, after RentAxis' public knowledge base. Table and column
-- names are this project's own, because RentAxis publishes no schema; dbt_like_sql/staging is the one place that
-- knows them. The checks are the documented rules. A rule that the demo breaks on purpose, to show what becomes of
-- a bad row, is not checked, and a comment in its place says so.

CREATE SCHEMA rentaxis;
SET search_path = rentaxis;

-- ---------- tenancy and places ----------
CREATE TABLE organizations (
  id          bigint PRIMARY KEY,
  name        text NOT NULL,
  currency    char(3) NOT NULL DEFAULT 'USD',
  timezone    text NOT NULL DEFAULT 'America/New_York',    -- the day of an instant is the day here
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  deleted_at  timestamptz
);

CREATE TABLE properties (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations,
  street_address   text NOT NULL,                          -- the only field a property must have; there is no name
  city text, state text, zip text,
  property_type    text CHECK (property_type IN (
     'single_family','multi_family','apartment_building','condominium',
     'townhouse','commercial','mixed_use')),
  total_units      integer,                                -- 1 for a single family house
  is_section_8     boolean NOT NULL DEFAULT false,
  year_built integer, square_feet integer, lot_size text,
  purchase_date date, purchase_price numeric(14,2),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE units (
  id           bigint PRIMARY KEY,
  property_id  bigint NOT NULL REFERENCES properties,
  unit_number  text,
  bedrooms numeric(4,1), bathrooms numeric(4,1),
  monthly_rent numeric(12,2),
  status       text NOT NULL DEFAULT 'vacant',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- parties ----------
CREATE TABLE tenants (                                     -- one record for all organizations that rent to the person
  id     bigint PRIMARY KEY,
  name   text NOT NULL,                                    -- one field for the whole name; may be edited at any time
  email  text,                                             -- written once, never changed; may be missing or blank
  phone  text,
  mailing_street text, mailing_city text, mailing_state text, mailing_zip text,
  household_members jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX tenants_email_key ON tenants (lower(email))
  WHERE email IS NOT NULL;

CREATE TABLE organization_tenants (
  organization_id bigint NOT NULL REFERENCES organizations,
  tenant_id       bigint NOT NULL REFERENCES tenants,
  portal_status   text CHECK (portal_status IN ('active','invited','not_invited')),
  is_active       boolean NOT NULL DEFAULT true,           -- inactive accounts keep their activity
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, tenant_id)
);

CREATE TABLE programs (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations,
  name             text NOT NULL,
  type             text,                                   -- a free label, such as Section 8
  address text, contact_person text, email text, phone text, notes text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE vendors (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  name text NOT NULL, email text, phone text, address text, tax_id text, is_1099 boolean,
  terms text, mailing_street text, mailing_city text, mailing_state text, mailing_zip text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- chart of accounts ----------
CREATE TABLE accounts (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  number          text,                                    -- such as 5000
  name            text NOT NULL,
  type            text NOT NULL CHECK (type IN             -- the sections of RentAxis' own reports
     ('asset','liability','equity','income','expense')),
  subtype         text,                                    -- bank, accounts_receivable, accounts_payable, ...
  parent_id       bigint REFERENCES accounts,
  is_active       boolean NOT NULL DEFAULT true,           -- inactive accounts keep their activity
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- leases ----------
CREATE TABLE lease_types (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  name text NOT NULL, description text,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE leases (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations,
  unit_id          bigint NOT NULL REFERENCES units,
  tenant_id        bigint NOT NULL REFERENCES tenants,
  lease_type_id    bigint REFERENCES lease_types,
  start_date       date NOT NULL,
  end_date         date,                                   -- null while month to month
  is_month_to_month boolean NOT NULL DEFAULT false,
  rent_amount      numeric(12,2) NOT NULL,
  billing_frequency text NOT NULL DEFAULT 'monthly',
  security_deposit numeric(12,2),
  is_section_8     boolean NOT NULL DEFAULT false,
  program_id       bigint REFERENCES programs,
  tenant_portion   numeric(12,2),
  section_8_portion numeric(12,2),
  status           text NOT NULL CHECK (status IN ('draft','active','expired','ended')), -- a nightly job sets expired, so it may lag
  end_pending      boolean NOT NULL DEFAULT false,         -- ending, deposit not settled yet
  renewed_from_lease_id bigint REFERENCES leases,          -- a renewal is a new lease
  notes text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (NOT is_section_8 OR COALESCE(program_id IS NOT NULL
         AND tenant_portion + section_8_portion = rent_amount, false)) -- the two portions are the contract rent
);

-- ---------- receivables ----------
CREATE TABLE invoices (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  invoice_number  text,
  type            text NOT NULL DEFAULT 'receivable'
                  CHECK (type IN ('receivable','payable')),
  billed_to_type  text CHECK (billed_to_type IN ('tenant','program')),
  billed_to_id    bigint,                                  -- no foreign key: billed_to_type names the table
  lease_id        bigint REFERENCES leases,                -- null if the invoice is for no lease
  property_id     bigint REFERENCES properties,
  unit_id         bigint REFERENCES units,
  kind            text NOT NULL DEFAULT 'rent',            -- rent, late_fee, deposit, one_off
  invoice_date    date NOT NULL,
  due_date        date NOT NULL,
  terms           text,                                    -- such as Net 30
  -- draft, sent, partially_paid, paid, overdue, void. Not checked: the demo holds a status RentAxis may add one day.
  status          text NOT NULL,
  total_amount    numeric(12,2) NOT NULL,                  -- should be the sum of the lines
  amount_paid     numeric(12,2) NOT NULL DEFAULT 0,
  balance_due     numeric(12,2) NOT NULL,
  reminders_paused boolean NOT NULL DEFAULT false,
  voided_at timestamptz, void_reason text,
  memo text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (type <> 'receivable' OR (billed_to_type IS NOT NULL AND billed_to_id IS NOT NULL))
);
CREATE INDEX ON invoices (organization_id, updated_at, id);
CREATE INDEX ON invoices (billed_to_type, billed_to_id);

CREATE TABLE invoice_lines (
  id          bigint PRIMARY KEY,
  invoice_id  bigint NOT NULL REFERENCES invoices,
  position    integer NOT NULL DEFAULT 1,
  description text NOT NULL,
  amount      numeric(12,2) NOT NULL,
  account_id  bigint REFERENCES accounts,                  -- only where appropriate: may be null on rent
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON invoice_lines (invoice_id);

CREATE TABLE payments (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  payment_number  text,
  payer_type      text NOT NULL CHECK (payer_type IN ('tenant','program')),
  payer_id        bigint NOT NULL,                         -- no foreign key: payer_type names the table
  amount          numeric(12,2) NOT NULL CHECK (amount > 0),
  payment_date    date NOT NULL,
  -- cash, check, bank_transfer, money_order, zelle, venmo, credit_card, ach, stripe, other; and below
  -- completed, void, pending, failed, refunded. Not checked: the demo holds a method and a status beyond these.
  method          text NOT NULL,
  status          text NOT NULL DEFAULT 'completed',
  void_reason     text,
  voided_at       timestamptz,
  reference       text,                                    -- check number, Stripe id
  stripe_payment_id text,
  deposit_account_id bigint REFERENCES accounts,
  returned_on     date,                                    -- RentAxis documents no returns; this and the next two are assumed
  return_reason   text,                                    -- nsf, ach_return, dispute
  return_fee      numeric(12,2),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (status <> 'void' OR void_reason IS NOT NULL)
);
CREATE INDEX ON payments (organization_id, updated_at, id);

CREATE TABLE payment_refunds (                             -- RentAxis documents no refunds; assumed
  id          bigint PRIMARY KEY,
  payment_id  bigint NOT NULL REFERENCES payments,
  refund_date date NOT NULL,
  amount      numeric(12,2) NOT NULL CHECK (amount > 0),
  method      text NOT NULL,
  account_id  bigint REFERENCES accounts,                  -- paid out of
  status      text NOT NULL DEFAULT 'completed',           -- completed, void, pending, failed
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON payment_refunds (payment_id);

CREATE TABLE payment_allocations (                         -- one payment pays one or more invoices
  id          bigint PRIMARY KEY,
  payment_id  bigint NOT NULL REFERENCES payments,
  invoice_id  bigint NOT NULL REFERENCES invoices,
  amount      numeric(12,2) NOT NULL CHECK (amount > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX payment_allocations_live ON payment_allocations (payment_id, invoice_id)
  WHERE deleted_at IS NULL;

-- What reached the bank. RentAxis documents neither payouts of its processor nor deposit batches; these three are assumed.
CREATE TABLE bank_deposits (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  kind            text NOT NULL,                           -- payout, batch
  deposit_date    date NOT NULL,
  account_id      bigint REFERENCES accounts,              -- the bank
  total           numeric(12,2) NOT NULL,                  -- as the bank shows it
  fee             numeric(12,2) NOT NULL DEFAULT 0,
  status          text NOT NULL DEFAULT 'completed',       -- completed, void, pending, failed
  reference       text,                                    -- the processor's, or that of the deposit slip
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON bank_deposits (organization_id, updated_at, id);

CREATE TABLE bank_deposit_payments (
  id         bigint PRIMARY KEY,
  deposit_id bigint NOT NULL REFERENCES bank_deposits,
  payment_id bigint NOT NULL REFERENCES payments,
  amount     numeric(12,2) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON bank_deposit_payments (deposit_id);

CREATE TABLE bank_deposit_lines (                          -- refunds, disputes and adjustments in a payout
  id          bigint PRIMARY KEY,
  deposit_id  bigint NOT NULL REFERENCES bank_deposits,
  description text NOT NULL,
  amount      numeric(12,2) NOT NULL,                      -- below zero: it makes the payout smaller
  account_id  bigint NOT NULL REFERENCES accounts,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON bank_deposit_lines (deposit_id);

CREATE TABLE tenant_credits (                              -- what was paid too much
  id                bigint PRIMARY KEY,
  organization_id   bigint NOT NULL REFERENCES organizations,
  tenant_id         bigint REFERENCES tenants,
  program_id        bigint REFERENCES programs,            -- RentAxis speaks of tenants only
  source_payment_id bigint REFERENCES payments,
  amount            numeric(12,2) NOT NULL,
  remaining         numeric(12,2) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE credits (                                     -- what a tenant owes less: RentAxis documents none
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  credit_number   text,
  kind            text NOT NULL,                           -- concession, write_off
  payer_type      text NOT NULL CHECK (payer_type IN ('tenant','program')),
  payer_id        bigint NOT NULL,                         -- no foreign key: payer_type names the table
  lease_id        bigint REFERENCES leases,
  property_id     bigint REFERENCES properties,
  unit_id         bigint REFERENCES units,
  credit_date     date NOT NULL,
  status          text NOT NULL DEFAULT 'issued' CHECK (status IN ('draft','issued','void')),
  total_amount    numeric(12,2) NOT NULL,                  -- should be the sum of the lines
  memo text, void_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE credit_lines (
  id          bigint PRIMARY KEY,
  credit_id   bigint NOT NULL REFERENCES credits,
  position    integer NOT NULL DEFAULT 1,
  description text,
  amount      numeric(12,2) NOT NULL,
  account_id  bigint REFERENCES accounts,                  -- of a write-off: the bad debt account
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON credit_lines (credit_id);

CREATE TABLE credit_allocations (                          -- one credit, or invoice below zero, settles one or more invoices
  id                bigint PRIMARY KEY,
  credit_id         bigint REFERENCES credits,
  credit_invoice_id bigint REFERENCES invoices,
  invoice_id        bigint NOT NULL REFERENCES invoices,
  amount            numeric(12,2) NOT NULL CHECK (amount > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK ((credit_id IS NULL) <> (credit_invoice_id IS NULL))
);

CREATE TABLE late_fee_assessments (                        -- each fee is an invoice of its own
  id                bigint PRIMARY KEY,
  organization_id   bigint NOT NULL REFERENCES organizations,
  source_invoice_id bigint NOT NULL REFERENCES invoices,
  fee_invoice_id    bigint REFERENCES invoices,
  amount            numeric(12,2) NOT NULL,
  assessed_on       date NOT NULL,
  status            text NOT NULL DEFAULT 'assessed' CHECK (status IN ('assessed','waived')),
  waiver_reason     text,
  waived_on         date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE deposit_settlements (
  id bigint PRIMARY KEY,
  lease_id         bigint NOT NULL REFERENCES leases,
  deposit_held     numeric(12,2) NOT NULL,
  deductions_total numeric(12,2) NOT NULL DEFAULT 0,
  refund_amount    numeric(12,2) NOT NULL DEFAULT 0,
  finalized_at     timestamptz,                            -- the moment the lease ends
  refunded_on      date,
  refund_method    text,
  refund_account_id bigint REFERENCES accounts,            -- it is paid from
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE deposit_deductions (                          -- what of a deposit is kept, and the invoice that bills it
  id               bigint PRIMARY KEY,
  settlement_id    bigint NOT NULL REFERENCES deposit_settlements,
  invoice_id       bigint REFERENCES invoices,
  description      text,
  amount           numeric(12,2) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON deposit_deductions (settlement_id);

-- ---------- payables ----------
CREATE TABLE expenses (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  payable_invoice_id bigint REFERENCES invoices,           -- the same debt, where it also stands in invoices
  expense_date    date NOT NULL,
  due_date        date,
  terms           text,                                    -- such as Net 30
  amount          numeric(12,2) NOT NULL,
  vendor_id       bigint REFERENCES vendors,
  vendor_name     text,                                    -- free text, where there is no vendor record
  description     text,
  account_id      bigint REFERENCES accounts,              -- the category
  property_id     bigint REFERENCES properties,
  unit_id         bigint REFERENCES units,
  custom_property_name text,
  -- unpaid, paid, void. Not checked: the demo holds a status beyond these.
  status          text NOT NULL DEFAULT 'unpaid',           -- partially_paid, where it is paid in parts
  payment_method  text,
  paid_at         date,
  paid_from_account_id bigint REFERENCES accounts,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (property_id IS NOT NULL OR unit_id IS NOT NULL
         OR custom_property_name IS NOT NULL)              -- one of the three at least
);
CREATE INDEX ON expenses (organization_id, updated_at, id);
CREATE TABLE expense_payments (                            -- of expenses that are paid in parts
  id              bigint PRIMARY KEY,
  expense_id      bigint NOT NULL REFERENCES expenses,
  paid_on         date NOT NULL,
  amount          numeric(12,2) NOT NULL,
  method          text NOT NULL,
  paid_from_account_id bigint REFERENCES accounts,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON expense_payments (expense_id);

-- ---------- files ----------
CREATE TABLE papers (                                      -- receipts, bills: a file kept with a record
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  entity_type     text NOT NULL CHECK (entity_type IN
     ('tenant','program','vendor','invoice','payment','expense')),
  entity_id       bigint NOT NULL,                         -- no foreign key: entity_type names the table
  file_name       text NOT NULL,
  content_type    text,
  size_bytes      bigint,
  sha256          text,                                    -- of the bytes, where RentAxis keeps one
  location        text NOT NULL,                           -- an https address, or a path below the papers folder
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON papers (organization_id, updated_at, id);

-- ---------- journal and bank feed: never pushed ----------
CREATE TABLE journal_entries (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  entry_date date NOT NULL, description text NOT NULL, memo text,
  status text NOT NULL CHECK (status IN ('draft','posted','void','reversed')),
  source_type text, source_id bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE TABLE journal_entry_lines (
  id bigint PRIMARY KEY,
  journal_entry_id bigint NOT NULL REFERENCES journal_entries,
  account_id  bigint NOT NULL REFERENCES accounts,
  debit numeric(14,2) NOT NULL DEFAULT 0, credit numeric(14,2) NOT NULL DEFAULT 0,
  property_id bigint REFERENCES properties,
  unit_id bigint, tenant_id bigint, program_id bigint
);
CREATE TABLE bank_transactions (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  account_id bigint REFERENCES accounts,
  txn_date date NOT NULL, description text, amount numeric(14,2) NOT NULL,
  source text NOT NULL CHECK (source IN ('quickbooks','file','manual')),
  status text NOT NULL CHECK (status IN ('pending','matched','categorized','excluded')),
  matched_type text, matched_id bigint,
  journal_entry_id bigint REFERENCES journal_entries,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- what RentAxis itself knows of QuickBooks ----------
CREATE TABLE quickbooks_connections (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL UNIQUE REFERENCES organizations,
  realm_id        text NOT NULL,
  sync_direction  text NOT NULL DEFAULT 'to_quickbooks'
     CHECK (sync_direction IN ('to_quickbooks','from_quickbooks','both')),
  enabled_types   text[] NOT NULL DEFAULT ARRAY['customers','invoices','payments','expenses'],
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE TABLE quickbooks_links (
  organization_id bigint NOT NULL REFERENCES organizations,
  entity_type text NOT NULL, entity_id bigint NOT NULL,
  qbo_type text NOT NULL, qbo_id text NOT NULL,
  origin text NOT NULL DEFAULT 'pushed' CHECK (origin IN ('pushed','imported')),
  match_state text NOT NULL DEFAULT 'linked'
     CHECK (match_state IN ('linked','needs_confirmation')),
  last_synced_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, entity_type, entity_id)
);

-- ---------- the demo's own ----------
CREATE TABLE demo_cases (                                  -- where each special case of accounting is found
  position    bigint PRIMARY KEY,
  label       text NOT NULL,
  entity_type text NOT NULL,
  entity_id   text NOT NULL,
  note        text NOT NULL
);
