{# Why RentAxis' ledger and QuickBooks' statements differ. Grain: one month, account and cause; debits are positive.
   amount     what the cause adds to RentAxis less QuickBooks
   examples   the records it comes from, largest first #}
with pieces as (
    select
        month,
        account,
        cause,
        record,
        min(label) as label,
        sum(case side when 'rentaxis' then amount else -amount end) as amount
    from {{ ref('statement_lines') }}
    group by month, account, cause, record
    having sum(case side when 'rentaxis' then amount else -amount end) <> 0
)

select
    pieces.month,
    pieces.account,
    coalesce(line.name, pieces.account) as name,
    pieces.cause,
    known.meaning,
    sum(pieces.amount)::numeric(20, 2) as amount,
    count(*) as records,
    array_to_string((array_agg(pieces.label order by abs(pieces.amount) desc, pieces.label))[1:3], ', ') as examples
from pieces
inner join {{ source('reports', 'statement_meanings') }} as known on known.cause = pieces.cause
left join {{ source('reports', 'statement_names') }} as line on line.account = pieces.account
group by 1, 2, 3, 4, 5
having sum(pieces.amount) <> 0
