-- RentAxis source sketch. D = documented in the KB, I = inferred, U = unknown choice.
CREATE SCHEMA rentaxis;
SET search_path = rentaxis;

-- ---------- tenancy and places ----------
CREATE TABLE organizations (
  id          bigint PRIMARY KEY,                          -- I (key type U: may be UUID)
  name        text NOT NULL,                               -- I
  currency    char(3) NOT NULL DEFAULT 'USD',              -- I (no currency anywhere in the KB)
  timezone    text NOT NULL DEFAULT 'America/New_York',    -- I (no time zone anywhere in the KB)
  created_at  timestamptz NOT NULL DEFAULT now(),          -- I, as on every table below
  updated_at  timestamptz NOT NULL DEFAULT now(),          -- I
  deleted_at  timestamptz                                  -- I (soft delete)
);

CREATE TABLE properties (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations, -- I
  street_address   text NOT NULL,                          -- D, the only required field
  city text, state text, zip text,                         -- D
  property_type    text CHECK (property_type IN (          -- D labels, I literals
     'single_family','multi_family','apartment_building','condominium',
     'townhouse','commercial','mixed_use')),
  total_units      integer,                                -- D (fixed at 1 for single family)
  is_section_8     boolean NOT NULL DEFAULT false,         -- D
  year_built integer, square_feet integer, lot_size text,  -- D (types I)
  purchase_date date, purchase_price numeric(14,2),        -- D
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE units (
  id           bigint PRIMARY KEY,
  property_id  bigint NOT NULL REFERENCES properties,      -- D
  unit_number  text,                                       -- D
  bedrooms numeric(4,1), bathrooms numeric(4,1),           -- D
  monthly_rent numeric(12,2),                              -- D
  status       text NOT NULL DEFAULT 'vacant',             -- D for vacant; other literals U
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- parties ----------
CREATE TABLE tenants (                                     -- D: a global record, shared by organizations
  id     bigint PRIMARY KEY,
  name   text NOT NULL,                                    -- D (one field; first/last split U)
  email  text,                                             -- D: required on the form, yet blank exists; write-once
  phone  text,                                             -- D
  household_members jsonb,                                 -- D exists, shape U
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX tenants_email_key ON tenants (lower(email))
  WHERE email IS NOT NULL;                                 -- D unique (case folding I)

CREATE TABLE organization_tenants (                        -- D link, I table
  organization_id bigint NOT NULL REFERENCES organizations,
  tenant_id       bigint NOT NULL REFERENCES tenants,
  portal_status   text CHECK (portal_status IN ('active','invited','not_invited')), -- D labels
  is_active       boolean NOT NULL DEFAULT true,           -- D ("active tenants"), I column
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, tenant_id)
);

CREATE TABLE programs (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations, -- I (whether shared like tenants: U)
  name             text NOT NULL,                          -- D required; uniqueness U
  type             text,                                   -- D free label, e.g. Section 8
  address text, contact_person text, email text, phone text, notes text, -- D, all optional
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE vendors (                                     -- D entity (Vendors / Contractors import), I columns
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  name text NOT NULL, email text, phone text, address text, tax_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- chart of accounts ----------
CREATE TABLE accounts (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  number          text,                                    -- D by example (5000 Repairs)
  name            text NOT NULL,                           -- D
  type            text NOT NULL CHECK (type IN             -- D as the report sections
     ('asset','liability','equity','income','expense')),
  subtype         text,                                    -- I: bank, accounts_receivable, accounts_payable, ...
  parent_id       bigint REFERENCES accounts,              -- D (lines grouped under parents)
  is_active       boolean NOT NULL DEFAULT true,           -- D (inactive accounts keep activity)
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- leases ----------
CREATE TABLE lease_types (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  name text NOT NULL, description text,                    -- D
  is_active boolean NOT NULL DEFAULT true,                 -- D
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE leases (
  id               bigint PRIMARY KEY,
  organization_id  bigint NOT NULL REFERENCES organizations,
  unit_id          bigint NOT NULL REFERENCES units,       -- D
  tenant_id        bigint NOT NULL REFERENCES tenants,     -- D one tenant (co-tenants U)
  lease_type_id    bigint REFERENCES lease_types,          -- D optional
  start_date       date NOT NULL,                          -- D
  end_date         date,                                   -- D; null for month-to-month (I)
  is_month_to_month boolean NOT NULL DEFAULT false,        -- D option, I column
  rent_amount      numeric(12,2) NOT NULL,                 -- D
  billing_frequency text NOT NULL DEFAULT 'monthly',       -- D field, values U
  security_deposit numeric(12,2),                          -- D
  is_section_8     boolean NOT NULL DEFAULT false,         -- D
  program_id       bigint REFERENCES programs,             -- D
  tenant_portion   numeric(12,2),                          -- D
  section_8_portion numeric(12,2),                         -- D
  status           text NOT NULL CHECK (status IN ('draft','active','expired','ended')), -- D
  end_pending      boolean NOT NULL DEFAULT false,         -- D state, I column
  renewed_from_lease_id bigint REFERENCES leases,          -- I (renewal makes a new lease: D)
  notes text,                                              -- D
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (NOT is_section_8 OR COALESCE(program_id IS NOT NULL         -- D: the split adds up
         AND tenant_portion + section_8_portion = rent_amount, false)) -- I: rent_amount is the contract rent
);

-- ---------- receivables ----------
CREATE TABLE invoices (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  invoice_number  text,                                    -- D exists; format and uniqueness U
  type            text NOT NULL DEFAULT 'receivable'
                  CHECK (type IN ('receivable','payable')), -- D
  billed_to_type  text CHECK (billed_to_type IN ('tenant','program')), -- D ('program' verbatim)
  billed_to_id    bigint,                                  -- I, polymorphic with the above
  lease_id        bigint REFERENCES leases,                -- D relation (null for one-off)
  property_id     bigint REFERENCES properties,            -- I (report dimension: D)
  unit_id         bigint REFERENCES units,                 -- I (report dimension: D)
  kind            text NOT NULL DEFAULT 'rent',            -- I: rent, late_fee, deposit, one_off
  invoice_date    date NOT NULL,                           -- I
  due_date        date NOT NULL,                           -- D
  status          text NOT NULL CHECK (status IN           -- D set, I literals
     ('draft','sent','partially_paid','paid','overdue','void')),
  total_amount    numeric(12,2) NOT NULL,                  -- I (sum of lines)
  amount_paid     numeric(12,2) NOT NULL DEFAULT 0,        -- I
  balance_due     numeric(12,2) NOT NULL,                  -- D term, I column
  reminders_paused boolean NOT NULL DEFAULT false,         -- D state, I column
  voided_at timestamptz, void_reason text,                 -- D for void, I columns
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
  position    integer NOT NULL DEFAULT 1,                  -- I
  description text NOT NULL,                               -- D
  amount      numeric(12,2) NOT NULL,                      -- D (no quantity or rate documented)
  account_id  bigint REFERENCES accounts,                  -- D, "where appropriate": may be null on rent
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ON invoice_lines (invoice_id);

CREATE TABLE payments (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  payment_number  text,                                    -- D (report column Num)
  payer_type      text NOT NULL CHECK (payer_type IN ('tenant','program')), -- D, I literals
  payer_id        bigint NOT NULL,                         -- I
  amount          numeric(12,2) NOT NULL CHECK (amount > 0), -- D
  payment_date    date NOT NULL,                           -- D
  method          text NOT NULL CHECK (method IN (         -- D set, I literals
     'cash','check','bank_transfer','money_order','zelle','venmo',
     'credit_card','ach','stripe','other')),
  status          text NOT NULL DEFAULT 'completed'        -- D: completed, void; I: the other three
     CHECK (status IN ('completed','void','pending','failed','refunded')),
  void_reason     text,                                    -- D: required to void
  voided_at       timestamptz,                             -- I
  reference       text,                                    -- I (check number, Stripe id)
  stripe_payment_id text,                                  -- I
  deposit_account_id bigint REFERENCES accounts,           -- I
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (status <> 'void' OR void_reason IS NOT NULL)      -- D
);
CREATE INDEX ON payments (organization_id, updated_at, id);

CREATE TABLE payment_allocations (                         -- D: one payment, one or more invoices
  id          bigint PRIMARY KEY,
  payment_id  bigint NOT NULL REFERENCES payments,
  invoice_id  bigint NOT NULL REFERENCES invoices,
  amount      numeric(12,2) NOT NULL CHECK (amount > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz                                   -- I: set when a void or an edit releases it
);
CREATE UNIQUE INDEX payment_allocations_live ON payment_allocations (payment_id, invoice_id)
  WHERE deleted_at IS NULL;                                -- I

CREATE TABLE tenant_credits (                              -- D: overpayment is held as credit; I: as a table
  id                bigint PRIMARY KEY,
  organization_id   bigint NOT NULL REFERENCES organizations,
  tenant_id         bigint REFERENCES tenants,
  program_id        bigint REFERENCES programs,            -- I (the KB speaks of tenants only)
  source_payment_id bigint REFERENCES payments,
  amount            numeric(12,2) NOT NULL,
  remaining         numeric(12,2) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE late_fee_assessments (                        -- D list; I columns
  id                bigint PRIMARY KEY,
  organization_id   bigint NOT NULL REFERENCES organizations,
  source_invoice_id bigint NOT NULL REFERENCES invoices,   -- D: the overdue invoice
  fee_invoice_id    bigint REFERENCES invoices,            -- D: its own invoice
  amount            numeric(12,2) NOT NULL,
  assessed_on       date NOT NULL,
  status            text NOT NULL DEFAULT 'assessed' CHECK (status IN ('assessed','waived')),
  waiver_reason     text,                                  -- D
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE deposit_settlements (                         -- D step; I table
  id bigint PRIMARY KEY,
  lease_id         bigint NOT NULL REFERENCES leases,
  deposit_held     numeric(12,2) NOT NULL,
  deductions_total numeric(12,2) NOT NULL DEFAULT 0,       -- D
  refund_amount    numeric(12,2) NOT NULL DEFAULT 0,       -- D
  finalized_at     timestamptz,                            -- D: the moment the lease ends
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- payables ----------
CREATE TABLE expenses (
  id              bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  payable_invoice_id bigint REFERENCES invoices,           -- I: in case payables live in invoices too
  expense_date    date NOT NULL,                           -- D
  due_date        date,                                    -- I (Unpaid Bills report)
  amount          numeric(12,2) NOT NULL,                  -- D (single amount, no lines documented)
  vendor_id       bigint REFERENCES vendors,               -- D vendor; link or text: U
  vendor_name     text,                                    -- I
  description     text,                                    -- D
  account_id      bigint REFERENCES accounts,              -- D: the category is an expense account
  property_id     bigint REFERENCES properties,            -- D
  unit_id         bigint REFERENCES units,                 -- D
  custom_property_name text,                               -- D
  status          text NOT NULL DEFAULT 'unpaid'
     CHECK (status IN ('unpaid','paid','void')),           -- D paid / bill to pay later; I void
  payment_method  text,                                    -- D when paid
  paid_at         date,                                    -- I
  paid_from_account_id bigint REFERENCES accounts,         -- I
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK (property_id IS NOT NULL OR unit_id IS NOT NULL
         OR custom_property_name IS NOT NULL)              -- D: one of the three
);
CREATE INDEX ON expenses (organization_id, updated_at, id);

-- ---------- ledger, bank feed: read for reconciliation only, never pushed ----------
CREATE TABLE journal_entries (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  entry_date date NOT NULL, description text NOT NULL, memo text,       -- D
  status text NOT NULL CHECK (status IN ('draft','posted','void','reversed')), -- D states, I literals
  source_type text, source_id bigint,                                   -- I: invoice, payment, expense, bank, manual
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE TABLE journal_entry_lines (
  id bigint PRIMARY KEY,
  journal_entry_id bigint NOT NULL REFERENCES journal_entries,
  account_id  bigint NOT NULL REFERENCES accounts,                      -- D
  debit numeric(14,2) NOT NULL DEFAULT 0, credit numeric(14,2) NOT NULL DEFAULT 0, -- D
  property_id bigint REFERENCES properties,                             -- D
  unit_id bigint, tenant_id bigint, program_id bigint                   -- D as report dimensions, I here
);
CREATE TABLE bank_transactions (
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations,
  account_id bigint REFERENCES accounts,
  txn_date date NOT NULL, description text, amount numeric(14,2) NOT NULL,
  source text NOT NULL CHECK (source IN ('quickbooks','file','manual')),             -- D
  status text NOT NULL CHECK (status IN ('pending','matched','categorized','excluded')), -- D tabs; matched I
  matched_type text, matched_id bigint,                                 -- D: invoice / rent payment / expense
  journal_entry_id bigint REFERENCES journal_entries,                   -- D when categorized
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- ---------- RentAxis's own QuickBooks state ----------
CREATE TABLE quickbooks_connections (                      -- D settings; I table
  id bigint PRIMARY KEY,
  organization_id bigint NOT NULL UNIQUE REFERENCES organizations, -- I (Stripe: once per organization, D)
  realm_id        text NOT NULL,
  sync_direction  text NOT NULL DEFAULT 'to_quickbooks'
     CHECK (sync_direction IN ('to_quickbooks','from_quickbooks','both')), -- D setting, I values
  enabled_types   text[] NOT NULL DEFAULT ARRAY['customers','invoices','payments','expenses'],
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE TABLE quickbooks_links (                            -- I: existing external ids, to adopt and not duplicate
  organization_id bigint NOT NULL REFERENCES organizations,
  entity_type text NOT NULL, entity_id bigint NOT NULL,
  qbo_type text NOT NULL, qbo_id text NOT NULL,
  origin text NOT NULL DEFAULT 'pushed' CHECK (origin IN ('pushed','imported')), -- I: do not echo imports
  match_state text NOT NULL DEFAULT 'linked'
     CHECK (match_state IN ('linked','needs_confirmation')), -- D behaviour for name matches
  last_synced_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, entity_type, entity_id)
);
