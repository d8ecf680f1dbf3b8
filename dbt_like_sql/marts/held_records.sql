{# Security deposits record by record, on both sides, and why a record differs. Grain: one record and party.
   explanation   that of the record itself; deposit_left_otherwise if somebody else's entry takes a deposit out, and the tenant's deposit
                 differs #}
with both_sides as (
    select
        record,
        party,
        coalesce(sum(amount) filter (where side = 'rentaxis'), 0)::numeric(20, 2) as rentaxis,
        coalesce(sum(amount) filter (where side = 'quickbooks'), 0)::numeric(20, 2) as quickbooks
    from {{ ref('held_postings') }}
    group by record, party
),

parties as (
    select party, sum(rentaxis - quickbooks) as difference from both_sides group by party
)

select
    both_sides.record,
    record.label,
    both_sides.party,
    name.name as party_name,
    both_sides.rentaxis,
    both_sides.quickbooks,
    (both_sides.rentaxis - both_sides.quickbooks)::numeric(20, 2) as difference,
    case
        when both_sides.rentaxis = both_sides.quickbooks then 'agrees'
        {# A bank deposit is no record of ours, and stands in no list of them. #}
        when coalesce(record.explanation, 'not_ours') = 'not_ours' and both_sides.quickbooks < 0 and parties.difference <> 0
            then 'deposit_left_otherwise'
        when coalesce(record.explanation, 'not_ours') <> 'agrees' then coalesce(record.explanation, 'not_ours')
        else 'unexplained'
    end as explanation
from both_sides
inner join parties on parties.party is not distinct from both_sides.party
left join {{ ref('records') }} as record on record.record = both_sides.record
left join {{ ref('names') }} as name on name.key = both_sides.party
