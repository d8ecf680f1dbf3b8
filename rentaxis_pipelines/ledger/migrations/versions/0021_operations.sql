-- Reads of QuickBooks that Intuit meters, by the calendar month of UTC: counted as they are made, retries included.
create table ledger.metered_reads (
  realm text not null,
  month date not null,                 -- its first day
  reads bigint not null,
  primary key (realm, month)
);

-- When the details of the plan's rows were removed (rentaxis_pipelines/ledger/prune.py); empty while they are all there.
alter table ledger.plans add column pruned_at timestamptz;
