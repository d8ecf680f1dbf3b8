{# What was open at the end of each month, on both sides. Grain: one month, from the first record to the last, or to today.
   rentaxis, quickbooks   rolled back from what is open now (open_receivables): minus what was billed after that month, plus
                          what was paid after it; so the last month is the total of open_receivables, to the cent #}
with moved as (
    {# Drafts, and payments and credits that are not final, do not change what is open in RentAxis either. #}
    select date_trunc('month', record.rentaxis_day)::date as month,
        case record.record_type when 'payments' then -record.rentaxis_total else record.rentaxis_total end as rentaxis,
        0 as quickbooks
    from {{ ref('records') }} as record
    inner join {{ ref('rentaxis_records') }} as ours on ours.record = record.record
    where (record.record_type = 'invoices' and coalesce(ours.status not in {{ values('draft') }}, true))
        or record.record in (select record from {{ ref('received') }})
        or (record.record_type = 'credits' and ours.status in {{ values('settling') }})
        or record.record in (select record from {{ ref('returned_payments') }})
        or record.record_type = 'payment_returns' or (record.record_type = 'refunds' and record.entity = 'Purchase')
    union all
    select date_trunc('month', quickbooks_day)::date, 0,
        case record_type when 'payments' then -quickbooks_total else quickbooks_total end
    from {{ ref('records') }}
    where in_quickbooks
        and (record_type in ('invoices', 'payments', 'credits', 'payment_returns') or (record_type = 'refunds' and entity = 'Purchase'))
),

by_month as (
    select month, sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks from moved group by month
),

months as (
    select generate_series(
        least(min(by_month.month), date_trunc('month', min(asked.today))::date),
        greatest(max(by_month.month), date_trunc('month', min(asked.today))::date),
        interval '1 month'
    )::date as month
    from {{ source('reports', 'parameters') }} as asked
    left join by_month on true
),

open_now as (
    select coalesce(sum(rentaxis), 0) as rentaxis, coalesce(sum(quickbooks), 0) as quickbooks
    from {{ ref('open_receivables') }}
),

later as (
    select
        months.month,
        coalesce(sum(by_month.rentaxis), 0) as rentaxis,
        coalesce(sum(by_month.quickbooks), 0) as quickbooks
    from months
    left join by_month on by_month.month > months.month
    group by months.month
)

select
    later.month,
    (open_now.rentaxis - later.rentaxis)::numeric(20, 2) as rentaxis,
    (open_now.quickbooks - later.quickbooks)::numeric(20, 2) as quickbooks,
    (open_now.rentaxis - later.rentaxis - open_now.quickbooks + later.quickbooks)::numeric(20, 2) as difference
from later
cross join open_now
