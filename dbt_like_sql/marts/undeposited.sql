{# Our payments that are in Undeposited Funds or a clearing account and not in any deposit yet. Grain: one payment.
   days_there   since the payment's date #}
select
    kept.record,
    record.label,
    record.party_name as party,
    account.name as account,
    kept.day,
    asked.today - kept.day as days_there,
    kept.total as amount
from {{ ref('transactions') }} as kept
cross join {{ source('reports', 'parameters') }} as asked
inner join {{ ref('records') }} as record on record.record = kept.record
inner join {{ ref('document_postings') }} as posting
    on posting.record = kept.record and posting.side = 'quickbooks' and posting.kind = 'booked'
inner join {{ ref('names') }} as account on account.key = posting.account and account.account_type <> 'Bank'
where kept.entity = 'Payment' and kept.is_linked and kept.gone_at is null
    and kept.record not in (select record from {{ ref('returned_payments') }})
    and not exists (select from {{ ref('deposits') }} as deposit where deposit.payment = kept.record)
    {# One that waited in an account of its own is in no deposit by a link: our deposits take its money out of that account. #}
    and not exists (
        select from {{ source('reports', 'rentaxis_deposits') }} as deposit
        inner join {{ ref('pairs') }} as pair on pair.record = 'deposit/' || deposit.source_id and pair.state = 'live' and pair.is_written
        cross join lateral jsonb_array_elements(deposit.payments) as gathered
        where 'payment/' || (gathered ->> 'payment_id') = kept.record
    )
