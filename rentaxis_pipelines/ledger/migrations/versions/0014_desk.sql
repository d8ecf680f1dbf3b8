-- Rows and money of each run by outcome, kept as results are written: a page about a run of a million rows counts nothing.
create table ledger.run_sums (
  realm text not null,
  run_id text not null,
  record_type text not null,
  status text not null,
  reason_code text not null,           -- empty where the result has none
  rows bigint not null,
  amount numeric not null,
  primary key (run_id, record_type, status, reason_code)
);
create index run_sums_realm on ledger.run_sums (realm, run_id);

create function ledger.add_to_run_sums() returns trigger language plpgsql as $$
begin
  insert into ledger.run_sums as kept
    select realm, run_id, record_type, status, coalesce(reason_code, ''), count(*), sum(amount) from added
    group by 1, 2, 3, 4, 5
    on conflict (run_id, record_type, status, reason_code) do update
      set rows = kept.rows + excluded.rows, amount = kept.amount + excluded.amount;
  return null;
end $$;
create function ledger.take_from_run_sums() returns trigger language plpgsql as $$
begin
  update ledger.run_sums kept set rows = kept.rows - gone.rows, amount = kept.amount - gone.amount
  from (select run_id, record_type, status, coalesce(reason_code, '') as reason_code, count(*) as rows, sum(amount) as amount
        from removed group by 1, 2, 3, 4) gone
  where kept.run_id = gone.run_id and kept.record_type = gone.record_type and kept.status = gone.status
    and kept.reason_code = gone.reason_code;
  return null;
end $$;
-- A result that replaces another one (on conflict do update) is taken out as it was and added as it is.
create trigger row_results_added after insert on ledger.row_results
  referencing new table as added for each statement execute function ledger.add_to_run_sums();
create trigger row_results_replaced after update on ledger.row_results
  referencing old table as removed for each statement execute function ledger.take_from_run_sums();
create trigger row_results_replacing after update on ledger.row_results
  referencing new table as added for each statement execute function ledger.add_to_run_sums();
create trigger row_results_removed after delete on ledger.row_results
  referencing old table as removed for each statement execute function ledger.take_from_run_sums();

-- What a row needs a person for, as rentaxis_pipelines/ledger/attention.py says it; null: nothing.
create function ledger.need_of(status text, reason_code text) returns text language sql immutable as $$
  select case when status = 'failed' then 'failed'
              when reason_code in ('waiting_for_confirmation', 'waiting_for_parent') then 'waiting'
              when reason_code = 'apply_by_hand' and status in ('created', 'updated') then 'to_apply' end
$$;

-- Records that need attention now: those whose newest result that is no preview's needs it. Kept as results are written.
create table ledger.open_records (
  realm text not null,
  source_type text not null,
  source_id text not null,
  record_type text not null,
  run_id text not null,
  plan_id text not null,
  day date not null,
  source_label text not null,
  amount numeric not null,
  currency text not null,
  need text not null check (need in ('failed', 'waiting', 'to_apply')),
  reason_code text not null,
  reason text,
  how_to_fix text,
  quickbooks_url text,
  finished_at timestamptz not null,
  decided text,                        -- the kind of the decision a person made since, which the next run carries out
  decided_by text,
  decided_at timestamptz,
  -- The same for what one remedy clears; what waits is together by its reason, whatever each waits for.
  cause text not null generated always as (
    substr(md5(reason_code || E'\n' || case when need = 'waiting' then '' else coalesce(how_to_fix, '') end), 1, 12)) stored,
  primary key (realm, source_type, source_id)
);
create index open_records_cause on ledger.open_records (realm, cause, abs(amount) desc, source_type, source_id);

create function ledger.keep_open_records() returns trigger language plpgsql as $$
begin
  delete from ledger.open_records o using added a join ledger.plans p on p.plan_id = a.plan_id and not p.dry_run
  where o.realm = a.realm and o.source_type = a.source_type and o.source_id = a.source_id and o.finished_at <= a.finished_at;
  insert into ledger.open_records (realm, source_type, source_id, record_type, run_id, plan_id, day, source_label, amount, currency,
                                   need, reason_code, reason, how_to_fix, quickbooks_url, finished_at)
    select a.realm, a.source_type, a.source_id, a.record_type, a.run_id, a.plan_id, a.day, a.source_label, a.amount, a.currency,
           ledger.need_of(a.status, a.reason_code), a.reason_code, a.reason, a.how_to_fix, a.quickbooks_url, a.finished_at
    from added a join ledger.plans p on p.plan_id = a.plan_id and not p.dry_run
    where ledger.need_of(a.status, a.reason_code) is not null
    on conflict (realm, source_type, source_id) do nothing;
  return null;
end $$;
create trigger row_results_open_added after insert on ledger.row_results
  referencing new table as added for each statement execute function ledger.keep_open_records();
create trigger row_results_open_replaced after update on ledger.row_results
  referencing new table as added for each statement execute function ledger.keep_open_records();

-- Both from what is there already.
insert into ledger.run_sums
  select realm, run_id, record_type, status, coalesce(reason_code, ''), count(*), sum(amount) from ledger.row_results group by 1, 2, 3, 4, 5;
insert into ledger.open_records (realm, source_type, source_id, record_type, run_id, plan_id, day, source_label, amount, currency,
                                 need, reason_code, reason, how_to_fix, quickbooks_url, finished_at)
  select realm, source_type, source_id, record_type, run_id, plan_id, day, source_label, amount, currency,
         ledger.need_of(status, reason_code), reason_code, reason, how_to_fix, quickbooks_url, finished_at
  from (select distinct on (r.realm, r.source_type, r.source_id) r.* from ledger.row_results r
        join ledger.plans p on p.plan_id = r.plan_id and not p.dry_run
        order by r.realm, r.source_type, r.source_id, r.finished_at desc) newest
  where ledger.need_of(status, reason_code) is not null;
update ledger.open_records o set decided = d.kind, decided_by = d.who, decided_at = d.decided_at
  from (select distinct on (realm, source_type, source_id) * from ledger.decisions
        order by realm, source_type, source_id, decision_id desc) d
  where d.realm = o.realm and d.source_type = o.source_type and d.source_id = o.source_id and d.decided_at > o.finished_at;

-- Rows of a run in the orders in which people look through them. A run's rows fall into few groups of one record type, status and reason, so
-- that any filter is a choice of groups, each of which is read in order from its place here (rentaxis_pipelines/ledger/run_rows_page.py).
create index row_results_run_amount on ledger.row_results
  (run_id, record_type, status, coalesce(reason_code, ''), (-abs(amount)), source_type, source_id);
create index row_results_run_day on ledger.row_results
  (run_id, record_type, status, coalesce(reason_code, ''), day, source_type, source_id);
create index row_results_run_label on ledger.row_results
  (run_id, record_type, status, coalesce(reason_code, ''), (left(lower(source_label), 300) collate "C"), source_type, source_id);
create index plans_realm on ledger.plans (realm, created_at);
create index decisions_realm on ledger.decisions (realm, decision_id);

-- The summary of a stored plan, worked out once.
alter table ledger.previews add column summary json;
-- Runs that pushed some of it and died, before the one that goes on with it.
alter table ledger.previews add column interrupted_runs text[] not null default '{}';

-- Every version of a company's settings, with who changed it and why.
create table ledger.settings_versions (
  version_id bigint generated always as identity primary key,
  realm text not null,
  text text not null,
  who text not null,
  why text not null,
  at timestamptz not null
);
create index settings_versions_realm on ledger.settings_versions (realm, version_id);
