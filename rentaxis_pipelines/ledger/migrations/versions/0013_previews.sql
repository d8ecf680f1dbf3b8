-- Plans that a person looks at and approves. A preview is a run that sends nothing; its planned rows stand in ledger.planned_rows.
create table ledger.previews (
  preview_id text primary key,         -- the run id its plans are stored under
  realm text not null,
  requested_by text not null,
  request json not null,               -- what was asked for, so that the same is planned again before anything is sent
  why text not null check (why in ('asked', 'policy', 'guard', 'overwrites')),
  created_at timestamptz not null,
  state text not null check (state in ('planned', 'approved', 'pushing', 'done', 'superseded')),
  superseded_by text,                  -- the newer preview of the same days
  approved_by text,
  approved_at timestamptz,
  only_rows text[] not null default '{}',     -- what the person chose of it, or left out, as it was written
  without_rows text[] not null default '{}',
  pushed_by_run text,                  -- the run that pushed it
  done_at timestamptz
);
create index previews_realm on ledger.previews (realm, created_at);

-- What was done to each QuickBooks object of ours, by whom, and what stood there before and after. Never changed.
create table ledger.link_versions (
  version_id bigint generated always as identity primary key,
  realm text not null,
  source_type text not null,
  source_id text not null,
  source_label text not null,
  quickbooks_type text not null,
  quickbooks_id text not null,
  sync_token text not null,            -- after it; empty for a deletion
  action text not null check (action in ('create', 'update', 'void', 'delete', 'note', 'release', 'edited')),
  run_id text,                         -- empty for what a person did in QuickBooks
  request_id text,
  who text not null,
  at timestamptz not null,
  before json,                         -- the object as QuickBooks had it before; empty for a creation, or where it was never seen
  after json,                          -- the object as QuickBooks answered; empty for a deletion
  link json                            -- the row of ledger.links before it; empty for a first link
);
create index link_versions_record on ledger.link_versions (realm, source_type, source_id, version_id);
create index link_versions_object on ledger.link_versions (realm, quickbooks_type, quickbooks_id, version_id);
create index link_versions_run on ledger.link_versions (run_id) where run_id is not null;

create function ledger.refuse_to_rewrite_versions() returns trigger language plpgsql as $$
begin
  raise exception 'what was done in QuickBooks is never rewritten; it is followed by another version';
end $$;
create trigger link_versions_are_final before update or delete on ledger.link_versions
  for each row execute function ledger.refuse_to_rewrite_versions();

alter table ledger.plans add column undoes text;                -- the run that this plan takes back
alter table ledger.planned_rows add column standing json;       -- the object as it stood in QuickBooks when this was planned, where it was read
alter table ledger.planned_rows add column edited text[] not null default '{}';  -- fields a person changed there since our last write
alter table ledger.planned_rows add column undoes text;

alter table ledger.planned_rows drop constraint planned_rows_action_check;
alter table ledger.planned_rows add constraint planned_rows_action_check
  check (action in ('create', 'update', 'void', 'delete', 'none'));
alter table ledger.row_results drop constraint row_results_action_check;
alter table ledger.row_results add constraint row_results_action_check
  check (action in ('create', 'update', 'void', 'delete', 'none'));

-- A record that a run was undone for is left out like an excluded one, until a person includes it again.
alter table ledger.decisions add column run_id text;            -- the run that was undone
alter table ledger.decisions drop constraint decisions_kind_check;
alter table ledger.decisions add constraint decisions_kind_check
  check (kind in ('confirm', 'reject', 'unlink', 'relink', 'make_new', 'exclude', 'include', 'undo'));
