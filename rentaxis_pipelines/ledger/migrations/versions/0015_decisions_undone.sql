alter table ledger.decisions add column withdraws bigint references ledger.decisions;  -- the decision that is taken back, of kind withdraw
alter table ledger.decisions add column question json;         -- the row of ledger.questions that was answered: asked again when it is taken back
alter table ledger.decisions drop constraint decisions_kind_check;
alter table ledger.decisions add constraint decisions_kind_check
  check (kind in ('confirm', 'reject', 'unlink', 'relink', 'make_new', 'exclude', 'include', 'undo', 'withdraw'));
alter table ledger.decisions add constraint decisions_withdraws_check check ((withdraws is not null) = (kind = 'withdraw'));
-- Each is taken back once.
create unique index decisions_withdrawn on ledger.decisions (withdraws) where withdraws is not null;
-- Newest first, a page at a time.
create index decisions_newest on ledger.decisions (realm, decision_id);
