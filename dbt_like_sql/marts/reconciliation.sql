{# RentAxis against QuickBooks. Grain: record type, month, account, party and explanation.
   account       the product of an invoice line, the account a payment is deposited to or an expense is booked on
   rentaxis, quickbooks   what each side books there; difference = rentaxis - quickbooks
   explanation   why they differ; within "agrees" every difference is 0 #}
select
    record.record_type,
    date_trunc('month', side.day)::date as month,
    coalesce(account.name, posting.account) as account,
    coalesce(party.name, record.party_name, '(none)') as party,
    record.explanation,
    count(distinct record.record) as records,
    coalesce(sum(posting.amount) filter (where posting.side = 'rentaxis'), 0) as rentaxis,
    coalesce(sum(posting.amount) filter (where posting.side = 'quickbooks'), 0) as quickbooks,
    coalesce(sum(posting.amount) filter (where posting.side = 'rentaxis'), 0)
        - coalesce(sum(posting.amount) filter (where posting.side = 'quickbooks'), 0) as difference
from {{ ref('postings') }} as posting
inner join {{ ref('sides') }} as side on side.side = posting.side and side.record = posting.record
inner join {{ ref('records') }} as record on record.record = posting.record
left join {{ ref('names') }} as account on account.key = posting.account
left join {{ ref('names') }} as party on party.key = side.party
where posting.kind = 'booked' and posting.side in ('rentaxis', 'quickbooks')
group by 1, 2, 3, 4, 5
