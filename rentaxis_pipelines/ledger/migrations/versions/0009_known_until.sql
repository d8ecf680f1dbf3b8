-- How far this ledger knows QuickBooks' transactions: whatever of ours changed there after that instant, an older copy of the ledger
-- cannot know. By QuickBooks' own clock.
create table ledger.known_until (
  realm text primary key,
  changed_at timestamptz not null,     -- the newest change known of
  run_id text                          -- the run that looked for later ones last
);

insert into ledger.known_until (realm, changed_at)
select realm, max((object #>> '{MetaData,LastUpdatedTime}')::timestamptz)
from ledger.quickbooks_transactions where object #>> '{MetaData,LastUpdatedTime}' is not null
group by realm;
