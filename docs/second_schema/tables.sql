-- A rental database as another vendor might keep it: the worked example of docs/adapter.md. Everything the demo schema has is here under
-- another name and in another form: money in cents, words in capitals, names in two parts, no invoice numbers, local times without a zone.
-- It is filled from the demo schema, so that both hold the same facts.

create schema billing;
set search_path = billing;

create table landlord as
select id as landlord_no, name as title, currency as coin, timezone as clock from rentaxis.organizations;

create table house as
select id as house_no, organization_id as landlord_no, street_address as street from rentaxis.properties;

create table flat as
select id as flat_no, property_id as house_no, unit_number as door from rentaxis.units;

create table person as
select
    id as person_no,
    split_part(name, ' ', 1) as first_name,
    case when strpos(name, ' ') > 0 then substr(name, strpos(name, ' ') + 1) end as last_name,
    email as mail,
    phone as mobile,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.tenants;

create table landlord_person as
select
    organization_id as landlord_no,
    tenant_id as person_no,
    created_at at time zone 'America/New_York' as joined_on,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.organization_tenants;

create table agency as
select
    id as agency_no,
    organization_id as landlord_no,
    name as title,
    email as mail,
    phone,
    address,
    created_at at time zone 'America/New_York' as entered_on,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.programs;

create table trader as
select
    id as trader_no,
    organization_id as landlord_no,
    name as firm,
    email as mail,
    phone,
    address,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.vendors;

create table chart as
select id as entry_no, organization_id as landlord_no, number as code, name as title, upper(type) as section from rentaxis.accounts;

create table bill as
select
    invoice.id as bill_no,
    invoice.organization_id as landlord_no,
    upper(invoice.type) as direction,
    upper(invoice.billed_to_type) as owed_by,
    invoice.billed_to_id as owed_by_no,
    coalesce(invoice.unit_id, lease.unit_id) as flat_no,
    invoice.property_id as house_no,
    invoice.kind as reason,
    invoice.invoice_date as issued,
    invoice.due_date as due,
    initcap(replace(invoice.status, '_', ' ')) as state,
    (invoice.total_amount * 100)::bigint as total_cents,
    (invoice.amount_paid * 100)::bigint as paid_cents,
    (invoice.balance_due * 100)::bigint as open_cents,
    invoice.memo as note,
    invoice.void_reason as void_note,
    invoice.created_at at time zone 'America/New_York' as entered_on,
    invoice.updated_at at time zone 'America/New_York' as changed_on,
    invoice.deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.invoices as invoice
left join rentaxis.leases as lease on lease.id = invoice.lease_id;

create table bill_item as
select
    id as item_no,
    invoice_id as bill_no,
    position as place_on_bill,
    description as wording,
    (amount * 100)::bigint as cents,
    account_id as entry_no,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.invoice_lines;

create table receipt as
select
    id as receipt_no,
    organization_id as landlord_no,
    payment_number as slip,
    upper(payer_type) as paid_by,
    payer_id as paid_by_no,
    (amount * 100)::bigint as cents,
    payment_date as received,
    initcap(replace(method, '_', ' ')) as way,
    upper(status) as state,
    void_reason as void_note,
    coalesce(nullif(btrim(reference), ''), nullif(btrim(stripe_payment_id), '')) as reference,
    deposit_account_id as entry_no,
    created_at at time zone 'America/New_York' as entered_on,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.payments;

create table receipt_share as
select
    id as share_no,
    payment_id as receipt_no,
    invoice_id as bill_no,
    (amount * 100)::bigint as cents,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.payment_allocations;

create table cost as
select
    id as cost_no,
    organization_id as landlord_no,
    payable_invoice_id as bill_no,
    expense_date as incurred,
    due_date as due,
    (amount * 100)::bigint as cents,
    vendor_id as trader_no,
    vendor_name as trader_name,
    description as wording,
    account_id as entry_no,
    property_id as house_no,
    unit_id as flat_no,
    custom_property_name as elsewhere,
    upper(status) as state,
    upper(replace(payment_method, '_', '-')) as way,
    paid_at as paid,
    paid_from_account_id as paid_from_no,
    created_at at time zone 'America/New_York' as entered_on,
    updated_at at time zone 'America/New_York' as changed_on,
    deleted_at at time zone 'America/New_York' as removed_on
from rentaxis.expenses;

create table bookkeeping as
select
    organization_id as landlord_no,
    realm_id as company_no,
    upper(sync_direction) as direction,
    array(select initcap(each) from unnest(enabled_types) as each) as what
from rentaxis.quickbooks_connections
where deleted_at is null;

create table bookkeeping_link as
select
    organization_id as landlord_no,
    initcap(entity_type) as thing,
    entity_id as thing_no,
    qbo_type as there,
    qbo_id as there_no,
    upper(origin) as origin
from rentaxis.quickbooks_links
where match_state = 'linked';

do $$
declare each text;
begin
    for each in select table_name from information_schema.columns where table_schema = 'billing' and column_name = 'landlord_no'
    loop
        execute format('create index on billing.%I (landlord_no)', each);
    end loop;
end $$;
