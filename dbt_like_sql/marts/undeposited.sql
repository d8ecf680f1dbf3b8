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
