{# The lines of given_credits, live and deleted. Grain: one line. Amounts are what the tenant owes less. #}
select
    'invoice-' || line.invoice_id as credit_source_id,
    line.id::text as source_id,
    coalesce(line.position, 0)::bigint as position,
    line.description,
    -line.amount as amount,
    line.account_id,
    greatest(line.updated_at, line.deleted_at) as updated_at,
    line.deleted_at
from {{ source('invoices') }} as invoice
inner join {{ source('invoice_lines') }} as line on line.invoice_id = invoice.id
where invoice.organization_id = (select id from {{ ref('organization') }}) and invoice.total_amount < 0
{% if has('late_fee_assessments') %}
union all
{# To the account its invoice charged it to. #}
select
    'late-fee-' || fee.id,
    'late-fee-' || fee.id,
    1,
    'Late fee waived',
    fee.amount,
    (
        select line.account_id from {{ source('invoice_lines') }} as line
        where line.invoice_id = fee.fee_invoice_id and line.deleted_at is null
        order by line.position, line.id limit 1
    ),
    null::timestamptz,
    null::timestamptz
from {{ source('late_fee_assessments') }} as fee
where fee.organization_id = (select id from {{ ref('organization') }}) and fee.fee_invoice_id is not null
{% endif %}
{% if has('credit_lines') %}
union all
select
    'credit-' || line.credit_id,
    line.id::text,
    coalesce(line.position, 0)::bigint,
    line.description,
    line.amount,
    line.account_id,
    greatest(line.updated_at, line.deleted_at),
    line.deleted_at
from {{ source('credit_lines') }} as line
{% endif %}
{% if has('deposit_settlements') and has('deposit_deductions') %}
union all
{# What is kept of a deposit, by what it is kept for, to the account the deposit was billed to. What names no invoice is no line: the tenant
   was not billed for it, and the credit, whose lines then do not add up, is refused. #}
select
    'deposit-' || deduction.settlement_id,
    deduction.id::text,
    row_number() over (partition by deduction.settlement_id order by deduction.id),
    coalesce(nullif(btrim(deduction.description), ''), 'Kept of the security deposit'),
    deduction.amount,
    settlement.account_id,
    greatest(deduction.updated_at, deduction.deleted_at),
    deduction.deleted_at
from {{ source('deposit_deductions') }} as deduction
inner join {{ ref('settled_deposits') }} as settlement on settlement.id = deduction.settlement_id
where deduction.invoice_id is not null
{% endif %}
