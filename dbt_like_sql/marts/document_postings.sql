{# What the documents post, what they are applied to, and where they belong. Grain: one record, side, kind and account; never zero.
   kind       "booked": an amount on a product or account, of a journal entry a debit; "credited": a credit of a journal entry; "applied": a part of a payment on an invoice or bill;
              "paid from": what a purchase or a bank deposit takes from an account; "class", "location": how much of it belongs there
   account    Item:id or Account:id (booked, paid from), Invoice:id or Bill:id (applied), Class:id, Department:id; Other for
              tax, discounts and the like, so that what is booked always adds up to QuickBooks' total #}
with read as (
    select posting.side, pair.record, pair.entity, posting.kind, posting.account, posting.amount
    from {{ source('reports', 'read_postings') }} as posting
    inner join {{ ref('pairs') }} as pair on pair.record = posting.document and pair.is_written and pair.state <> 'void'
    where posting.side = 'written'
    union all
    select posting.side, seen.record, seen.entity, posting.kind, posting.account, posting.amount
    from {{ source('reports', 'read_postings') }} as posting
    inner join {{ ref('transactions') }} as seen
        on seen.entity || ':' || seen.quickbooks_id = posting.document and seen.gone_at is null and seen.is_asked and seen.total <> 0
        and (seen.entity <> 'Deposit' or seen.is_linked or seen.marked_as is not null)
    where posting.side = 'quickbooks'
)

select
    read.side,
    read.record,
    read.kind,
    coalesce(read.account, case when read.entity = 'Payment' then 'Account:' || asked.undeposited_account end, 'Other') as account,
    read.amount
from read
cross join {{ source('reports', 'parameters') }} as asked
