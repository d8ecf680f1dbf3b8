-- What was run again without a person asking, so that nothing is tried for ever. One row a record, or a missed day.
create table ledger.tries (
  realm text not null,
  sensor text not null,                -- missed_nights, fixed_records, edited_records
  subject_type text not null,          -- a source type, or "day"
  subject_id text not null,            -- the source id, or the day
  version text not null,               -- what made it worth trying; another version is counted anew
  tries integer not null,
  requested_at timestamptz not null,   -- of the last try
  primary key (realm, sensor, subject_type, subject_id)
);

-- Rows that failed or wait, and whether anything newer is known of a record, without going through all results.
create index row_results_open on ledger.row_results (realm, source_type, source_id)
  where status = 'failed' or reason_code in ('waiting_for_confirmation', 'waiting_for_parent');
create index row_results_newest on ledger.row_results (realm, source_type, source_id, finished_at) include (plan_id);
drop index ledger.row_results_record;

-- Whether a plan holds one record that somebody pushed alone, and not all records of its days.
alter table ledger.plans add column one_record boolean not null default false;

-- The fingerprint of what mapping decided by: company file and QuickBooks' lists. Empty where it was not noted.
alter table ledger.plans add column settings text not null default '';
