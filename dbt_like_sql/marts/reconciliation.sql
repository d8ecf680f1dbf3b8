{# RentAxis against QuickBooks. Grain: record type, month, account, party and explanation.
   account       the product of an invoice line, or the account that a payment is deposited to or an expense is charged to
   rentaxis, quickbooks   what each side posts there; difference = rentaxis - quickbooks
   explanation   why they differ; within "agrees" every difference is 0 #}
with cells as (
    {# Of one record: what it books in one month, on one account, for one party. #}
    select
        posting.record,
        date_trunc('month', case posting.side when 'rentaxis' then side.rentaxis_day else side.quickbooks_day end)::date as month,
        posting.account,
        case posting.side when 'rentaxis' then side.rentaxis_party else side.quickbooks_party end as party,
        coalesce(sum(posting.amount) filter (where posting.side = 'rentaxis'), 0) as rentaxis,
        coalesce(sum(posting.amount) filter (where posting.side = 'quickbooks'), 0) as quickbooks
    from {{ ref('postings') }} as posting
    inner join {{ ref('sides') }} as side on side.record = posting.record
    where posting.kind = 'booked' and posting.side in ('rentaxis', 'quickbooks')
    group by 1, 2, 3, 4
)

select
    record.record_type,
    cells.month,
    coalesce(account.name, cells.account) as account,
    coalesce(party.name, record.party_name, '(none)') as party,
    record.explanation,
    count(distinct cells.record) as records,
    sum(cells.rentaxis) as rentaxis,
    sum(cells.quickbooks) as quickbooks,
    sum(cells.rentaxis) - sum(cells.quickbooks) as difference
from cells
inner join {{ ref('records') }} as record on record.record = cells.record
left join {{ ref('names') }} as account on account.key = cells.account
left join {{ ref('names') }} as party on party.key = cells.party
group by 1, 2, 3, 4, 5
