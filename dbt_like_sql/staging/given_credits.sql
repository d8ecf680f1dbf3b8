{# What a tenant or program owes less, of whatever origin, before its lines and payer are joined. Grain: one credit. Its id says where it
   comes from, so that ids of different tables never meet:
   credit-7     entered as a credit (a concession, a debt written off). RentAxis documents no such table: one without it has none
   invoice-7    a receivable invoice below zero
   deposit-7    what settlement 7 keeps of a security deposit
   late-fee-7   a late fee that was waived although its invoice stands. Dated the day it was waived, where RentAxis keeps that (a column
                waived_on), otherwise the day it was assessed #}
select
    'invoice-' || invoice.id as source_id,
    'invoice' as origin,
    invoice.id as origin_id,
    invoice.organization_id,
    nullif(btrim(invoice.invoice_number), '') as credit_number,
    invoice.kind::text as kind,
    invoice.billed_to_type::text as payer_type,
    invoice.billed_to_id as payer_id,
    invoice.invoice_date as credit_date,
    case
        when lower(btrim(invoice.status::text)) in ('sent', 'overdue', 'partially_paid', 'paid') then 'issued'
        else invoice.status::text
    end as status,
    (-invoice.total_amount)::numeric(20, 4) as total_amount,
    invoice.memo,
    invoice.void_reason,
    coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id) as place_key,
    greatest(invoice.created_at, invoice.updated_at, invoice.deleted_at) as updated_at,
    invoice.deleted_at
from {{ source('invoices') }} as invoice
left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
where invoice.organization_id = (select id from {{ ref('organization') }})
    and lower(btrim(invoice.type::text)) = 'receivable'
    and invoice.total_amount < 0
{% if has('late_fee_assessments') %}
union all
select
    'late-fee-' || fee.id,
    'late-fee',
    fee.id,
    fee.organization_id,
    null,
    'late_fee',
    invoice.billed_to_type::text,
    invoice.billed_to_id,
    coalesce((to_jsonb(fee) ->> 'waived_on')::date, fee.assessed_on),
    'issued',
    fee.amount::numeric(20, 4),
    fee.waiver_reason,
    null,
    coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id),
    greatest(fee.created_at, fee.updated_at, fee.deleted_at),
    fee.deleted_at
from {{ source('late_fee_assessments') }} as fee
inner join {{ source('invoices') }} as invoice on invoice.id = fee.fee_invoice_id and invoice.organization_id = fee.organization_id
left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
where fee.organization_id = (select id from {{ ref('organization') }})
    and lower(btrim(fee.status::text)) = 'waived'
    and lower(btrim(invoice.type::text)) = 'receivable'
    and invoice.deleted_at is null
    and lower(btrim(coalesce(invoice.status::text, ''))) not in {{ values('taken_back') }}
{% endif %}
{% if has('credits') %}
union all
select
    'credit-' || credit.id,
    'credit',
    credit.id,
    credit.organization_id,
    nullif(btrim(credit.credit_number), ''),
    credit.kind::text,
    credit.payer_type::text,
    credit.payer_id,
    credit.credit_date,
    credit.status::text,
    credit.total_amount::numeric(20, 4),
    credit.memo,
    credit.void_reason,
    coalesce('unit ' || coalesce(credit.unit_id, lease.unit_id), 'property ' || credit.property_id),
    greatest(credit.created_at, credit.updated_at, credit.deleted_at),
    credit.deleted_at
from {{ source('credits') }} as credit
left join {{ source('leases') }} as lease on lease.id = credit.lease_id
where credit.organization_id = (select id from {{ ref('organization') }})
{% endif %}
{% if has('deposit_settlements') %}
union all
{# What a finalized settlement keeps of the deposit: all that it does not refund. #}
select
    'deposit-' || settlement.id,
    'deposit-settlement',
    settlement.id,
    settlement.organization_id,
    null,
    'deposit',
    'tenant',
    settlement.tenant_id,
    settlement.finalized_on,
    case settlement.status when 'finalized' then 'issued' else 'draft' end,
    (settlement.deposit_held - settlement.refund_amount)::numeric(20, 4),
    'Security deposit kept by settlement ' || settlement.id,
    null,
    settlement.place_key,
    settlement.updated_at,
    case when settlement.deposit_held <> settlement.refund_amount then settlement.deleted_at
         else coalesce(settlement.deleted_at, settlement.updated_at) end
from {{ ref('settled_deposits') }} as settlement
where settlement.deposit_held <> settlement.refund_amount or settlement.deductions_total <> 0
    {% if has('deposit_deductions') %}
    or exists (select from {{ source('deposit_deductions') }} as deduction where deduction.settlement_id = settlement.id)
    {% endif %}
{% endif %}
