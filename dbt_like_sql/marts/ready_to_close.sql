{# Can the month be closed? Grain: one month, from the first record to the month of the report.
   stands_between   how many records keep it open, and what kind, most money first; null if ready #}
with months as (
    select generate_series(
        date_trunc('month', least(min(coalesce(record.rentaxis_day, record.quickbooks_day)), min(asked.today))),
        date_trunc('month', min(asked.today)), interval '1 month'
    )::date as month
    from {{ source('reports', 'parameters') }} as asked
    left join {{ ref('records') }} as record on true
),

kinds as (
    select month, explanation, count(*) as records, sum(at_stake) as amount
    from {{ ref('blockers') }}
    group by month, explanation
),

by_month as (
    select
        month,
        sum(records) as records,
        sum(amount) as amount,
        string_agg(records || ' ' || replace(explanation, '_', ' ') || ' (' || to_char(amount, 'FM999,999,999,990.00') || ')',
                   ', ' order by amount desc) as stands_between
    from kinds
    group by month
)

select
    months.month,
    by_month.month is null as is_ready,
    coalesce(by_month.records, 0)::bigint as records,
    coalesce(by_month.amount, 0) as amount,
    by_month.stands_between
from months
left join by_month using (month)
