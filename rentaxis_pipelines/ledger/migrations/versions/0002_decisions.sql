-- What people decided about who is who and what is left out. Never changed, only followed by another decision.
create table ledger.decisions (
  decision_id bigint generated always as identity primary key,
  realm text not null,
  source_type text not null,           -- tenant, program, vendor, invoice, payment, expense
  source_id text not null,
  kind text not null check (kind in ('confirm', 'reject', 'unlink', 'relink', 'make_new', 'exclude', 'include')),
  quickbooks_type text,
  quickbooks_id text,                  -- the object that is, or is not, this record; empty where none is meant
  why text not null check (why <> ''),
  who text not null check (who <> ''),
  decided_at timestamptz not null,
  check ((quickbooks_id is not null) = (kind in ('confirm', 'reject', 'unlink', 'relink')))
);
create index decisions_record on ledger.decisions (realm, source_type, source_id, decision_id);

create function ledger.refuse_to_rewrite_decisions() returns trigger language plpgsql as $$
begin
  raise exception 'a decision is never changed; write another one that follows it';
end $$;
create trigger decisions_are_final before update or delete on ledger.decisions
  for each row execute function ledger.refuse_to_rewrite_decisions();

-- What waits for a person at present, with the QuickBooks objects it may be. Rewritten whenever the record is looked at.
create table ledger.questions (
  realm text not null,
  source_type text not null,
  source_id text not null,
  label text not null,
  reason_code text not null,
  reason text not null,
  how_to_fix text not null,
  candidates json not null,            -- [{quickbooks_type, quickbooks_id, name, why, score, active}]
  asked_at timestamptz not null,
  primary key (realm, source_type, source_id)
);
