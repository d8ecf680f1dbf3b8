-- The ledger: what we know of QuickBooks and what we did there. Every key starts with the realm (one QuickBooks company).

create schema if not exists ledger;

-- One row a source record that has, or had, an object in QuickBooks.
create table ledger.links (
  realm text not null,
  source_type text not null,           -- tenant, program, vendor, invoice, payment, expense, expense_payment
  source_id text not null,
  quickbooks_type text not null,
  quickbooks_id text not null,
  sync_token text not null,
  content_hash text not null,          -- of `mapped`: has anything changed that QuickBooks would see?
  mapped json not null,                -- what the record was when last looked at, as a QuickBooks payload
  owned text[] not null,               -- the fields of `mapped` we wrote ourselves; the others are the accountant's
  generation integer not null default 0,
  origin text not null check (origin in ('created', 'matched_email', 'confirmed', 'adopted', 'imported')),
  state text not null check (state in ('live', 'void', 'gone')),
  quickbooks_number text,
  total numeric,
  run_id text,
  updated_at timestamptz not null default now(),
  primary key (realm, source_type, source_id)
);
-- A QuickBooks object belongs to one record only.
create unique index links_object on ledger.links (realm, quickbooks_type, quickbooks_id);

-- What a run would do, row by row, written down before anything is sent.
create table ledger.plans (
  plan_id text primary key,
  realm text not null,
  run_id text not null,
  record_type text not null,
  first_day date not null,
  last_day date not null,
  forced boolean not null,
  dry_run boolean not null,
  requested_by text not null,
  rows_in integer not null,            -- rows read from the source, counted before any rule looked at them
  money_in numeric not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz              -- when every row had its result; empty for a run that is going or died
);
create index plans_run on ledger.plans (run_id);
create index plans_unfinished on ledger.plans (realm) where finished_at is null;

create table ledger.planned_rows (
  plan_id text not null references ledger.plans on delete cascade,
  position integer not null,
  phase integer not null,              -- parents (0) before the records themselves (1) before what hangs on them (2)
  day date not null,
  record_type text not null,
  source_type text not null,
  source_id text not null,
  source_label text not null,
  amount numeric not null,
  currency text not null,
  action text not null check (action in ('create', 'update', 'void', 'none')),
  status text check (status in ('created', 'updated', 'skipped', 'failed')),  -- set when the plan already decides
  reason_code text,
  reason text,
  how_to_fix text,
  quickbooks_type text,
  quickbooks_id text,
  sync_token text,
  quickbooks_number text,
  payload json,
  mapped json,
  content_hash text,
  readable_key text,                   -- DisplayName, DocNumber or PaymentRefNum: how to ask QuickBooks for it
  conflict_keys text[] not null,       -- rows that share one never share a batch
  pending text[] not null,             -- parents made in an earlier phase of the same plan
  generation integer not null,
  forced boolean not null,
  primary key (plan_id, position)
);
create unique index planned_rows_record on ledger.planned_rows (plan_id, source_type, source_id);

-- One HTTP write, with its exact bytes, committed before it is sent.
create table ledger.requests (
  request_id text primary key,
  realm text not null,
  plan_id text not null references ledger.plans,
  run_id text not null,
  requested_by text not null,
  path text not null,
  body text not null,
  state text not null check (state in ('sending', 'answered', 'recorded')),
  attempts integer not null default 1,
  written_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  answered_at timestamptz,
  answer text,
  intuit_tid text
);
create index requests_open on ledger.requests (realm, state) where state <> 'recorded';

create table ledger.request_rows (
  request_id text not null references ledger.requests on delete cascade,
  b_id text not null,
  plan_id text not null,
  position integer not null,
  source_type text not null,
  source_id text not null,
  operation text not null,
  generation integer not null,
  outcome text,                        -- answered, faulted, adopted, not_executed; empty while unknown
  primary key (request_id, b_id)
);
create index request_rows_record on ledger.request_rows (source_type, source_id);
create index request_rows_plan on ledger.request_rows (plan_id, position);

-- What became of one record in one run.
create table ledger.row_results (
  realm text not null,
  plan_id text not null references ledger.plans,
  run_id text not null,
  day date not null,
  record_type text not null,
  source_type text not null,
  source_id text not null,
  source_label text not null,
  amount numeric not null,
  currency text not null,
  action text not null check (action in ('create', 'update', 'void', 'none')),
  status text not null check (status in ('created', 'updated', 'skipped', 'failed')),
  reason_code text,
  reason text,
  how_to_fix text,
  quickbooks_type text,
  quickbooks_id text,
  quickbooks_number text,
  quickbooks_url text,
  request_id text,
  attempts integer not null,
  fault_code text,
  intuit_tid text,
  forced boolean not null,
  requested_by text not null,
  finished_at timestamptz not null,
  primary key (run_id, source_type, source_id),
  check (status in ('created', 'updated') or reason_code is not null)
);
create index row_results_plan on ledger.row_results (plan_id);
create index row_results_day on ledger.row_results (realm, day, record_type, finished_at);
create index row_results_record on ledger.row_results (realm, source_type, source_id, finished_at);

-- QuickBooks' lists as last seen: customers, vendors, employees, items, accounts and the like.
create table ledger.snapshot_objects (
  realm text not null,
  entity text not null,
  quickbooks_id text not null,
  active boolean not null,
  object json not null,
  primary key (realm, entity, quickbooks_id)
);
create table ledger.snapshot_state (
  realm text primary key,
  as_of timestamptz not null,          -- changes after this instant have not been read
  run_id text                          -- the run that brought it up to date last
);

-- OAuth tokens, encrypted; useless without PIPELINES_SECRET_KEY.
create table ledger.oauth_tokens (
  realm text primary key,
  encrypted bytea not null,
  updated_at timestamptz not null default now()
);

-- The last minute's calls of a company, so that all processes together keep QuickBooks' limits.
create unlogged table ledger.api_calls (
  realm text primary key,
  calls json not null
);
