create table ledger.open_sums (
  realm text not null,
  cause text not null,
  reason_code text not null,           -- the cause's own
  record_type text not null,
  done boolean not null,               -- decided since the last result
  rows bigint not null,
  amount numeric not null,
  held numeric not null,               -- without signs: how much money is held up
  primary key (realm, cause, record_type, done, reason_code)
);

create function ledger.add_to_open_sums() returns trigger language plpgsql as $$
begin
  insert into ledger.open_sums as kept
    select realm, cause, reason_code, record_type, decided is not null, count(*), sum(amount), sum(abs(amount)) from added
    group by 1, 2, 3, 4, 5
    on conflict (realm, cause, record_type, done, reason_code) do update
      set rows = kept.rows + excluded.rows, amount = kept.amount + excluded.amount, held = kept.held + excluded.held;
  return null;
end $$;
create function ledger.take_from_open_sums() returns trigger language plpgsql as $$
begin
  update ledger.open_sums kept set rows = kept.rows - gone.rows, amount = kept.amount - gone.amount, held = kept.held - gone.held
  from (select realm, cause, reason_code, record_type, decided is not null as done, count(*) as rows, sum(amount) as amount,
          sum(abs(amount)) as held
        from removed group by 1, 2, 3, 4, 5) gone
  where kept.realm = gone.realm and kept.cause = gone.cause and kept.reason_code = gone.reason_code
    and kept.record_type = gone.record_type and kept.done = gone.done;
  delete from ledger.open_sums kept using (select distinct realm, cause from removed) gone
  where kept.realm = gone.realm and kept.cause = gone.cause and kept.rows = 0;
  return null;
end $$;
create trigger open_records_added after insert on ledger.open_records
  referencing new table as added for each statement execute function ledger.add_to_open_sums();
create trigger open_records_removed after delete on ledger.open_records
  referencing old table as removed for each statement execute function ledger.take_from_open_sums();
-- In this order, by name: added as they are before they are taken out as they were.
create trigger open_records_changed_a after update on ledger.open_records
  referencing new table as added for each statement execute function ledger.add_to_open_sums();
create trigger open_records_changed_b after update on ledger.open_records
  referencing old table as removed for each statement execute function ledger.take_from_open_sums();

insert into ledger.open_sums
  select realm, cause, reason_code, record_type, decided is not null, count(*), sum(amount), sum(abs(amount)) from ledger.open_records
  group by 1, 2, 3, 4, 5;

-- What nobody has decided about: by cause with the largest first, and the oldest of each cause and of all.
drop index ledger.open_records_cause;
create index open_records_cause on ledger.open_records (realm, cause, abs(amount) desc, source_type, source_id) where decided is null;
create index open_records_oldest_of_cause on ledger.open_records (realm, cause, day) where decided is null;
create index open_records_oldest on ledger.open_records (realm, day) where decided is null;
