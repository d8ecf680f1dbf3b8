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
