-- Companies that were taken to another database. Never changed, only followed by another row: the newest of a realm counts.
create table ledger.moved_away (
  move_id bigint generated always as identity primary key,
  realm text not null,
  moved boolean not null,              -- false: it stays here after all
  who text not null,
  why text not null,
  at timestamptz not null
);
create index moved_away_realm on ledger.moved_away (realm, move_id);

-- The program refuses such a company with a sentence; this is for what was going on when it moved. Who moves a company holds the lock alone,
-- so that whatever was being written of it is in the copy, or is refused. A request that is not written down is never sent.
create function ledger.refuse_moved_away() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('rentaxis_pipelines moving ' || new.realm, 0));
  if (select moved from ledger.moved_away where realm = new.realm order by move_id desc limit 1) then
    raise exception 'this company has moved to another database' using errcode = 'RX001';
  end if;
  return new;
end $$;
do $$
declare
  name text;
begin
  foreach name in array array['plans', 'requests', 'decisions', 'previews', 'kept_edits', 'settings_versions', 'companies', 'automation_switches'] loop
    execute format('create trigger %I before insert on ledger.%I for each row execute function ledger.refuse_moved_away()',
                   name || '_of_a_company_here', name);
  end loop;
end $$;
-- A token is renewed in its place; whoever renewed it here would take it from where the company is now.
create trigger oauth_tokens_of_a_company_here before insert or update on ledger.oauth_tokens
  for each row execute function ledger.refuse_moved_away();
