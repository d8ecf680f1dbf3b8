{# What given_credits are applied to, live and released. Grain: one credit and invoice.
   A waived late fee goes to its own invoice, as far as no payment has paid that. #}
select
    'none' as credit_source_id,
    null::text as source_id,
    null::bigint as invoice_id,
    null::numeric as amount,
    null::timestamptz as updated_at,
    null::timestamptz as deleted_at
where false
{% if has('late_fee_assessments') %}
union all
select
    'late-fee-' || fee.id,
    'late-fee-' || fee.id,
    fee.fee_invoice_id,
    least(fee.amount, invoice.total_amount - coalesce(paid.amount, 0)),
    greatest(fee.updated_at, paid.updated_at),
    case when invoice.total_amount > coalesce(paid.amount, 0) then fee.deleted_at else greatest(fee.updated_at, paid.updated_at) end
from {{ source('late_fee_assessments') }} as fee
inner join {{ source('invoices') }} as invoice on invoice.id = fee.fee_invoice_id
left join lateral (
    select
        sum(allocation.amount) filter (where allocation.deleted_at is null) as amount,
        greatest(max(allocation.updated_at), max(allocation.deleted_at)) as updated_at
    from {{ source('payment_allocations') }} as allocation
    where allocation.invoice_id = fee.fee_invoice_id
) as paid on true
where fee.organization_id = (select id from {{ ref('organization') }})
    and lower(btrim(fee.status::text)) = 'waived'
{% endif %}
{% if has('credit_allocations') %}
union all
select
    coalesce('credit-' || allocation.credit_id, 'invoice-' || allocation.credit_invoice_id),
    allocation.id::text,
    allocation.invoice_id,
    allocation.amount,
    greatest(allocation.updated_at, allocation.deleted_at),
    allocation.deleted_at
from {{ source('credit_allocations') }} as allocation
{% endif %}
{% if has('deposit_settlements') and has('deposit_deductions') %}
union all
select
    'deposit-' || deduction.settlement_id,
    'deduction-' || deduction.id,
    deduction.invoice_id,
    deduction.amount,
    greatest(deduction.updated_at, deduction.deleted_at),
    deduction.deleted_at
from {{ source('deposit_deductions') }} as deduction
where deduction.invoice_id is not null
{% endif %}
