{# Security deposits held, by tenant: RentAxis' against what QuickBooks has for the customer in the deposit account. Grain: one party.
   billed, kept, refunded, moved   RentAxis' side: deposits billed, kept against what was billed, refunded, and moved by anything else
   unpaid       what of the billed deposits RentAxis shows as open: both sides count a deposit from the day it is billed
   explained    what of the difference comes from records with an explanation; which ones, explanations says #}
with ways as (
    select
        party,
        coalesce(sum(amount) filter (where way = 'billed'), 0) as billed,
        -coalesce(sum(amount) filter (where way = 'kept'), 0) as kept,
        -coalesce(sum(amount) filter (where way = 'refunded'), 0) as refunded,
        coalesce(sum(amount) filter (where way = 'moved'), 0) as moved
    from {{ ref('held_postings') }}
    where side = 'rentaxis'
    group by party
),

unpaid as (
    select billed.party, sum(least(record.balance, billed.amount)) as amount
    from {{ ref('held_postings') }} as billed
    inner join {{ ref('rentaxis_records') }} as record on record.record = billed.record
    where billed.side = 'rentaxis' and billed.way = 'billed'
    group by billed.party
)

select
    held.party,
    coalesce(min(held.party_name), min(known.party_name), held.party, '(none)') as party_name,
    coalesce(min(ways.billed), 0)::numeric(20, 2) as billed,
    coalesce(min(ways.kept), 0)::numeric(20, 2) as kept,
    coalesce(min(ways.refunded), 0)::numeric(20, 2) as refunded,
    coalesce(min(ways.moved), 0)::numeric(20, 2) as moved,
    coalesce(min(unpaid.amount), 0)::numeric(20, 2) as unpaid,
    sum(held.rentaxis)::numeric(20, 2) as rentaxis,
    sum(held.quickbooks)::numeric(20, 2) as quickbooks,
    sum(held.difference)::numeric(20, 2) as difference,
    coalesce(sum(held.difference) filter (where held.explanation <> 'unexplained'), 0)::numeric(20, 2) as explained,
    coalesce(sum(held.difference) filter (where held.explanation = 'unexplained'), 0)::numeric(20, 2) as unexplained,
    string_agg(distinct held.explanation, ', ') filter (where held.explanation <> 'agrees') as explanations,
    string_agg(distinct held.label, ', ') filter (where held.explanation <> 'agrees') as differing
from {{ ref('held_records') }} as held
left join ways on ways.party is not distinct from held.party
left join unpaid on unpaid.party is not distinct from held.party
left join {{ ref('rentaxis_records') }} as known on known.record = held.record
group by held.party
