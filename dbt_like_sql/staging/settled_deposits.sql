{# Settlements of security deposits before their payer and accounts are joined. Grain: one settlement.
   account_id      the account that the lease's deposit was billed to last
   refunded_on     and refund_method, refund_account_id: columns of those names, where RentAxis keeps them #}
select
    settlement.id,
    lease.organization_id,
    lease.tenant_id,
    lease.id as lease_id,
    'unit ' || lease.unit_id as place_key,
    settlement.deposit_held,
    settlement.deductions_total,
    settlement.refund_amount,
    coalesce(
        (to_jsonb(settlement) ->> 'refunded_on')::date,
        (coalesce(settlement.finalized_at, settlement.created_at) at time zone organization.timezone)::date
    ) as settlement_date,
    (coalesce(settlement.finalized_at, settlement.created_at) at time zone organization.timezone)::date as finalized_on,
    nullif(btrim(to_jsonb(settlement) ->> 'refund_method'), '') as method,
    (to_jsonb(settlement) ->> 'refund_account_id')::bigint as paid_from_account_id,
    (
        select line.account_id
        from {{ source('invoices') }} as invoice
        inner join {{ source('invoice_lines') }} as line on line.invoice_id = invoice.id and line.deleted_at is null
        where invoice.lease_id = lease.id and lower(btrim(invoice.kind::text)) = 'deposit' and invoice.deleted_at is null
            and lower(btrim(invoice.type::text)) = 'receivable'
        order by invoice.invoice_date desc, invoice.id desc, line.position, line.id
        limit 1
    ) as account_id,
    case when settlement.finalized_at is null then 'draft' else 'finalized' end as status,
    greatest(settlement.created_at, settlement.updated_at, settlement.deleted_at, lease.updated_at) as updated_at,
    settlement.deleted_at
from {{ source('deposit_settlements') }} as settlement
inner join {{ source('leases') }} as lease on lease.id = settlement.lease_id
inner join {{ ref('organization') }} as organization on organization.id = lease.organization_id
