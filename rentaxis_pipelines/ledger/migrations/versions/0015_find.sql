-- What a person types to find a record: a number, a name, an e-mail address, an amount. No text typed is longer than what is indexed.
create index links_number on ledger.links (realm, left(lower(quickbooks_number), 300));
create index links_total on ledger.links (realm, total);
create index quickbooks_transactions_number on ledger.quickbooks_transactions
  (realm, left(lower(coalesce(object ->> 'DocNumber', object ->> 'PaymentRefNum')), 300));
create index snapshot_objects_name on ledger.snapshot_objects (realm, left(lower(object ->> 'DisplayName'), 300))
  where entity in ('Customer', 'Vendor');
create index snapshot_objects_email on ledger.snapshot_objects (realm, left(lower(object #>> '{PrimaryEmailAddr,Address}'), 300))
  where entity in ('Customer', 'Vendor');
create index open_records_label on ledger.open_records (realm, left(lower(source_label), 300));
create index open_records_amount on ledger.open_records (realm, amount);
