-- QuickBooks' transactions as last seen: from what the writes answered, brought up to date by change data capture.
-- Proof reads this instead of QuickBooks, because reads are metered.
create table ledger.quickbooks_transactions (
  realm text not null,
  entity text not null,                -- Invoice, Payment, Purchase, Bill, BillPayment, Deposit
  quickbooks_id text not null,
  object jsonb not null,               -- as QuickBooks gave it last
  seen_at timestamptz not null,
  gone_at timestamptz,                 -- when it was found deleted; its last state is kept
  primary key (realm, entity, quickbooks_id)
);
create table ledger.quickbooks_transactions_state (
  realm text primary key,
  as_of timestamptz not null,          -- changes after this instant have not been read
  first_day date not null              -- transactions dated before were never read, unless we wrote them
);
