-- One sensor looks after all companies of an installation: for which of them it pushes stands here. The newest row counts; none is changed.
create table ledger.automation_switches (
  switch_id bigint generated always as identity primary key,
  realm text not null,
  sensor text not null,                -- missed_nights, fixed_records, edited_records
  running boolean not null,
  who text not null,
  at timestamptz not null
);
create index automation_switches_realm on ledger.automation_switches (realm, sensor, switch_id);

-- The newest days that were pushed, of each of many companies (rentaxis_pipelines/reports/nights.py).
create index plans_days on ledger.plans (realm, last_day) where finished_at is not null and not dry_run;
