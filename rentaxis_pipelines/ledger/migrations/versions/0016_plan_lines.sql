-- The rows of a stored plan in the order a person reads them, so that one page of a plan of a million rows is read by itself.
-- Made of ledger.planned_rows once the plan is whole; never changed.
create table ledger.plan_lines (
  preview_id text not null references ledger.previews on delete cascade,
  place integer not null,              -- 0, 1, 2, ...: what to look at first comes first
  plan_id text not null,               -- with position: the planned row
  position integer not null,
  record_type text not null,
  look text not null,                  -- why to look at it first; empty for most
  doing text not null,                 -- create, update, void, delete or not sent
  amount numeric not null,
  searched text not null,              -- the record's number or name in lower case
  primary key (preview_id, place)
);
create index plan_lines_of_type on ledger.plan_lines (preview_id, record_type, place);

-- What people left out of a plan before they approved it: a row, or a whole record type.
create table ledger.plan_left_out (
  preview_id text not null references ledger.previews on delete cascade,
  record_type text not null,
  place integer not null,              -- of the row; -1 for the whole record type
  who text not null,
  at timestamptz not null,
  primary key (preview_id, record_type, place)
);

-- The run that was started when a plan was approved, so that a second person, or a second click, finds it.
create table ledger.plan_launches (
  preview_id text primary key references ledger.previews on delete cascade,
  run_id text not null,
  who text not null,
  at timestamptz not null
);

-- Edits in QuickBooks that a person decided to keep. The newest of a record counts; one without fields takes it back.
create table ledger.kept_edits (
  kept_id bigint generated always as identity primary key,
  realm text not null,
  source_type text not null,
  source_id text not null,
  label text not null,
  fields json not null,                -- [{"field", "ours", "theirs"}] as the person saw them: other values are another edit
  who text not null,
  at timestamptz not null
);
create index kept_edits_record on ledger.kept_edits (realm, source_type, source_id, kept_id);
