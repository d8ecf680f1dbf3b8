{# What each record books where, on all three sides: the rows behind every sum of the reconciliation.
   Grain: one record, month, account and party. A record that is dated or booked differently on one side has a cell for each.
   account   the product of an invoice line, or the account that a payment is deposited to or an expense is charged to
   written   as we last wrote it; never a part of the reconciliation itself #}
select
    posting.record,
    record.record_type,
    date_trunc('month', case posting.side
        when 'rentaxis' then side.rentaxis_day when 'written' then side.written_day else side.quickbooks_day
    end)::date as month,
    coalesce(account.name, posting.account) as account,
    coalesce(party.name, record.party_name, '(none)') as party,
    record.explanation,
    coalesce(sum(posting.amount) filter (where posting.side = 'rentaxis'), 0) as rentaxis,
    coalesce(sum(posting.amount) filter (where posting.side = 'written'), 0) as written,
    coalesce(sum(posting.amount) filter (where posting.side = 'quickbooks'), 0) as quickbooks
from {{ ref('postings') }} as posting
inner join {{ ref('sides') }} as side on side.record = posting.record
inner join {{ ref('records') }} as record on record.record = posting.record
left join {{ ref('names') }} as account on account.key = posting.account
left join {{ ref('names') }} as party on party.key = case posting.side
    when 'rentaxis' then side.rentaxis_party when 'written' then side.written_party else side.quickbooks_party
end
where posting.kind = 'booked'
group by 1, 2, 3, 4, 5, 6
