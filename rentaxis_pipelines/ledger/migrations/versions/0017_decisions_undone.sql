alter table ledger.decisions add column withdraws bigint references ledger.decisions;  -- the decision that is taken back, of kind withdraw
alter table ledger.decisions add column question json;         -- the row of ledger.questions that was answered: asked again when it is taken back
alter table ledger.decisions add column batch text;            -- the same for all that were made by one action
alter table ledger.decisions add column batch_rows integer;    -- how many those are, at one of them: it stands for all in a list
alter table ledger.decisions drop constraint decisions_kind_check;
alter table ledger.decisions add constraint decisions_kind_check
  check (kind in ('confirm', 'reject', 'unlink', 'relink', 'make_new', 'exclude', 'include', 'undo', 'withdraw'));
alter table ledger.decisions add constraint decisions_withdraws_check check ((withdraws is not null) = (kind = 'withdraw'));
alter table ledger.decisions add constraint decisions_batch_check check (batch_rows is null or batch is not null);
-- Each is taken back once.
create unique index decisions_withdrawn on ledger.decisions (withdraws) where withdraws is not null;
create index decisions_batch on ledger.decisions (batch, decision_id) where batch is not null;
-- Newest first, a page at a time, a batch as one line.
create index decisions_listed on ledger.decisions (realm, decision_id) where batch is null or batch_rows is not null;
-- What was decided since its last result, newest first.
create index open_records_decided on ledger.open_records (realm, decided_at desc, source_type, source_id) where decided is not null;
-- A remedy that names the record in a command is the same remedy for all of them; what a person has to match is together by its reason.
alter table ledger.open_records drop column cause;
alter table ledger.open_records add column cause text not null generated always as (
  substr(md5(reason_code || E'\n' || case
    when need = 'waiting' or reason_code in ('ambiguous_match', 'duplicate_name', 'duplicate_number') then ''
    else regexp_replace(coalesce(how_to_fix, ''), ' \((rentaxis-sync (links|record|include) |reject )[^)]*\)', '', 'g') end), 1, 12)) stored;
create index open_records_cause on ledger.open_records (realm, cause, abs(amount) desc, source_type, source_id);
