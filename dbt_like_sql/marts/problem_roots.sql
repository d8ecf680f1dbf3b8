{# The cause of each open problem. Grain: one record that needs a person or another run.
   root   the record to fix: itself, or the invoice, credit, payment, customer or vendor it is waiting for #}
with recursive open_rows as (
    select
        result.record,
        result.record_type,
        result.source_label as label,
        result.day,
        result.amount,
        result.reason_code as cause,
        result.reason,
        result.how_to_fix as remedy
    from {{ ref('last_results') }} as result
    left join {{ ref('records') }} as record on record.record = result.record
    where (result.status = 'failed' or result.reason_code in {{ values('waiting') }})
        and coalesce(record.explanation, 'failed') in ('failed', 'waiting')
    union all
    select record, record_type, label, day, at_stake, explanation, meaning, remedy
    from {{ ref('blockers') }}
    where explanation not in ('failed', 'waiting')
),

parents as (
    select 'payment/' || payment.source_id as record, 'invoice/' || (allocation ->> 'invoice_id') as parent
    from {{ source('reports', 'rentaxis_payments') }} as payment
    cross join lateral jsonb_array_elements(payment.allocations) as allocation
    union all
    select 'payment/' || source_id, payer_kind || '/' || payer_id from {{ source('reports', 'rentaxis_payments') }}
    union all
    select 'invoice/' || source_id, payer_kind || '/' || payer_id from {{ source('reports', 'rentaxis_invoices') }}
    union all
    select 'credit/' || source_id, payer_kind || '/' || payer_id from {{ source('reports', 'rentaxis_credits') }}
    union all
    select 'credit_application/' || source_id, 'credit/' || source_id from {{ source('reports', 'rentaxis_credit_applications') }}
    union all
    select 'credit_application/' || application.source_id, 'invoice/' || (allocation ->> 'invoice_id')
    from {{ source('reports', 'rentaxis_credit_applications') }} as application
    cross join lateral jsonb_array_elements(application.allocations) as allocation
    union all
    select 'refund/' || source_id, payer_kind || '/' || payer_id from {{ source('reports', 'rentaxis_refunds') }}
    union all
    select 'deposit_settlement/' || source_id, payer_kind || '/' || payer_id from {{ source('reports', 'rentaxis_deposit_settlements') }}
    union all
    select 'deposit/' || deposit.source_id, 'payment/' || (gathered ->> 'payment_id')
    from {{ source('reports', 'rentaxis_deposits') }} as deposit
    cross join lateral jsonb_array_elements(deposit.payments) as gathered
    union all
    select 'expense/' || source_id, 'vendor/' || vendor_key from {{ source('reports', 'rentaxis_expenses') }}
    union all
    select 'expense_payment/' || source_id, 'expense/' || source_id from {{ source('reports', 'rentaxis_expenses') }}
    union all
    select 'payment/' || source_id, 'payment_return/' || source_id from {{ source('reports', 'rentaxis_payments') }}
    where returned_on is not null
    union all
    select record, 'expense/' || expense_id from {{ ref('expense_payments') }} where record like 'expense_part_payment/%'
    union all
    select 'expense/' || source_id, 'expense_replaced/' || source_id from {{ source('reports', 'rentaxis_expenses') }}
),

waits as (
    select row.record, min(parents.parent) as parent
    from open_rows as row
    inner join parents on parents.record = row.record
    inner join open_rows as parent on parent.record = parents.parent
    where row.cause in {{ values('waiting_for_parent') }}
    group by row.record
),

climbed as (
    select record, record as root, 0 as height from open_rows
    union all
    select climbed.record, waits.parent, climbed.height + 1
    from climbed
    inner join waits on waits.record = climbed.root
    where climbed.height < 4
)

select distinct on (row.record)
    row.record,
    row.record_type,
    row.label,
    row.day,
    row.amount,
    climbed.root,
    root.label as root_label,
    root.cause,
    root.reason,
    root.remedy
from climbed
inner join open_rows as row on row.record = climbed.record
inner join open_rows as root on root.record = climbed.root
order by row.record, climbed.height desc
