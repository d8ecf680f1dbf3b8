-- What a planned row was decided from, so that the record can be settled without being read next time: the fingerprint of the row that
-- RentAxis returned, and the records ("source_type/source_id") whose QuickBooks objects its content names. Empty where it cannot be.
alter table ledger.planned_rows add column fingerprint uuid, add column uses text[] not null default '{}';

-- Records whose last plan found them unchanged, or wrote them whole: while the fingerprint, the settings and what they use stand, nothing
-- about them can have changed (rentaxis_pipelines/ledger/settled.py).
create table ledger.settled_records (
  realm text not null,
  source_type text not null,
  source_id text not null,
  record_type text not null,
  fingerprint uuid not null,
  settings text not null,              -- that of the plan (ledger.plans.settings)
  uses text[] not null,
  stands text not null,                -- how its own link and those of what it uses stood
  day date not null,
  label text not null,
  amount numeric not null,
  currency text not null,
  primary key (realm, source_type, source_id)
);

-- The results of unchanged records, kept together: one row for all of a plan's day that are alike but for their ids. The arrays have one
-- element a record, in the same order.
create table ledger.unchanged_results (
  realm text not null,
  plan_id text not null references ledger.plans,
  run_id text not null,
  day date not null,
  record_type text not null,
  source_type text not null,
  quickbooks_type text not null,
  url_before_id text not null,         -- quickbooks_url but for the id at its end; empty where there is none
  said text not null,                  -- the reason after the record's label
  currency text not null,
  requested_by text not null,
  finished_at timestamptz not null,
  rows integer not null,
  amount numeric not null,
  source_ids text[] not null,
  labels text[] not null,
  amounts numeric[] not null,
  quickbooks_ids text[] not null,
  quickbooks_numbers text[] not null,
  primary key (plan_id, day, source_type, quickbooks_type, url_before_id, said)
);
create index unchanged_results_run on ledger.unchanged_results (realm, run_id, record_type, day);
create index unchanged_results_day on ledger.unchanged_results (realm, day, record_type, finished_at);

-- Results that have a row of their own; all results, as they have always been read, are a view of both.
alter table ledger.row_results rename to single_results;
create view ledger.row_results as
  select realm, plan_id, run_id, day, record_type, source_type, source_id, source_label, amount, currency, action, status, reason_code, reason,
         how_to_fix, quickbooks_type, quickbooks_id, quickbooks_number, quickbooks_url, request_id, attempts, fault_code, intuit_tid, forced,
         requested_by, finished_at
  from ledger.single_results
  union all
  select u.realm, u.plan_id, u.run_id, u.day, u.record_type, u.source_type, each.source_id, each.label, each.amount, u.currency, 'none', 'skipped',
         'unchanged', each.label || u.said, 'Nothing to do.', u.quickbooks_type, each.quickbooks_id, each.quickbooks_number,
         nullif(u.url_before_id, '') || each.quickbooks_id, null, 0, null, null, false, u.requested_by, u.finished_at
  from ledger.unchanged_results u
  cross join lateral unnest(u.source_ids, u.labels, u.amounts, u.quickbooks_ids, u.quickbooks_numbers)
    as each (source_id, label, amount, quickbooks_id, quickbooks_number);

-- The sums of a run count them too.
create function ledger.add_unchanged_to_run_sums() returns trigger language plpgsql as $$
begin
  insert into ledger.run_sums as kept
    select realm, run_id, record_type, 'skipped', 'unchanged', sum(rows), sum(amount) from added group by 1, 2, 3
    on conflict (run_id, record_type, status, reason_code) do update
      set rows = kept.rows + excluded.rows, amount = kept.amount + excluded.amount;
  return null;
end $$;
create function ledger.take_unchanged_from_run_sums() returns trigger language plpgsql as $$
begin
  update ledger.run_sums kept set rows = kept.rows - gone.rows, amount = kept.amount - gone.amount
  from (select run_id, record_type, sum(rows) as rows, sum(amount) as amount from removed group by 1, 2) gone
  where kept.run_id = gone.run_id and kept.record_type = gone.record_type and kept.status = 'skipped' and kept.reason_code = 'unchanged';
  return null;
end $$;
create trigger unchanged_results_added after insert on ledger.unchanged_results
  referencing new table as added for each statement execute function ledger.add_unchanged_to_run_sums();
create trigger unchanged_results_removed after delete on ledger.unchanged_results
  referencing old table as removed for each statement execute function ledger.take_unchanged_from_run_sums();
