-- Reads of QuickBooks that Intuit meters, by the calendar month of UTC: counted as they are made, retries included.
create table ledger.metered_reads (
  realm text not null,
  month date not null,                 -- its first day
  reads bigint not null,
  primary key (realm, month)
);
