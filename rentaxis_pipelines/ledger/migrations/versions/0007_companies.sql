-- Which RentAxis organization's records stand in which QuickBooks company. Never changed, only followed by another row:
-- the newest of a realm says whose records are in it, the newest of an organization where it is pushed to.
create table ledger.companies (
  registration_id bigint generated always as identity primary key,
  realm text not null,
  organization_id text not null,
  registered_at timestamptz not null,
  registered_by text not null,
  why text                             -- of a change a person made; empty for the first use
);
create index companies_realm on ledger.companies (realm, registration_id);
create index companies_organization on ledger.companies (organization_id, registration_id);
