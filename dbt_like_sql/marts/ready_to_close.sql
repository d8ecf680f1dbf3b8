{# Can the month be closed? Grain: one month, from the company's first day, or the first record, to the month of the report.
   state            ready, open (something is blocking), not over (by the company's clock), no records
   is_ready         state is ready; never for a month that is not over or has no records
   of_month         how many records the month has on either side, except those entered by others and those no date range can include
   records, amount  what is blocking the close, in count and money
   stands_between   the same in words, most money first; null if ready
   never_pushed     what else the month holds that no run pushes: it does not keep the month open, but somebody has to know #}
with dated as (
    select
        date_trunc('month', coalesce(rentaxis_day, quickbooks_day, written_day))::date as month,
        count(*) as records
    from {{ ref('records') }}
    where explanation not in ('not_ours', 'before_first_day', 'ahead_of_its_day')
    group by 1
),

months as (
    select month.first::date as month
    from {{ source('reports', 'parameters') }} as asked
    cross join lateral generate_series(
        date_trunc('month', least(asked.first_day, asked.today)), date_trunc('month', asked.today), interval '1 month'
    ) as month (first)
    union
    select dated.month from dated
    inner join {{ source('reports', 'parameters') }} as asked on dated.month < asked.today
),

kinds as (
    select blocker.month, code.in_short, count(*) as records, sum(blocker.at_stake) as amount
    from {{ ref('blockers') }} as blocker
    inner join {{ source('reports', 'explanations') }} as code on code.code = blocker.explanation
    group by blocker.month, code.in_short
),

by_month as (
    select
        month,
        sum(records) as records,
        sum(amount) as amount,
        string_agg(
            to_char(records, 'FM999,999,990') || case records when 1 then ' record ' else ' records ' end || in_short
            || ', ' || to_char(amount, 'FM999,999,999,990.00'),
            '; ' order by amount desc, in_short
        ) as kinds
    from kinds
    group by month
),

beside as (
    select month, string_agg(kind_name || ' ' || why || ': ' || records || ', ' || to_char(amount, 'FM999,999,999,990.00'), '; '
                             order by amount desc, kind_name) as never_pushed
    from (
        select month, kind_name, why, count(*) as records, sum(amount) as amount
        from {{ ref('not_pushed_records') }} group by month, kind_name, why
    ) as kinds
    group by month
),

judged as (
    select
        months.month,
        case
            when months.month + interval '1 month' > asked.today then 'not over'
            when by_month.month is not null then 'open'
            when coalesce(dated.records, 0) = 0 then 'no records'
            else 'ready'
        end as state,
        coalesce(dated.records, 0) as of_month,
        coalesce(by_month.records, 0) as records,
        coalesce(by_month.amount, 0) as amount,
        by_month.kinds,
        beside.never_pushed
    from months
    cross join {{ source('reports', 'parameters') }} as asked
    left join by_month using (month)
    left join dated using (month)
    left join beside using (month)
)

select
    month,
    state,
    state = 'ready' as is_ready,
    of_month::bigint as of_month,
    records::bigint as records,
    amount,
    case state
        when 'not over' then concat_ws(' ', 'The month is not over.', kinds)
        when 'no records' then 'There are no records.'
        else kinds
    end as stands_between,
    never_pushed
from judged
