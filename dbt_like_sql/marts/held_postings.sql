{# What security deposits are billed, kept, refunded and otherwise moved, on both sides, by whom they belong to. Grain: one side, record and
   party. A deposit that comes in is above zero, one that leaves below.
   way     billed, kept (a credit), refunded (a settlement), moved (anything else)
   party   Customer:id if it is known; null where the entry names nobody #}
with moved as (
    select
        'rentaxis' as side,
        line.record,
        record.party,
        case record.record_type when 'invoices' then 'billed' when 'credits' then 'kept' when 'deposit_settlements' then 'refunded'
             else 'moved' end as way,
        case when record.record_type = 'invoices' or line.kind = 'credited' then line.amount else -line.amount end as amount
    from {{ ref('rentaxis_lines') }} as line
    inner join {{ ref('rentaxis_records') }} as record on record.record = line.record
    left join {{ source('reports', 'rentaxis_accounts') }} as answer on answer.account_key = line.account_key
    inner join {{ ref('held_accounts') }} as held
        on held.target = case when line.use = 'written' then line.account_name else answer.target end
    where line.kind in ('booked', 'credited') and record.record_type <> 'payments'
        and coalesce(record.status, '') not in {{ values('draft') }}
    union all
    select
        'quickbooks',
        posting.record,
        kept.party,
        case when kept.entity = 'Invoice' then 'billed' when kept.entity = 'CreditMemo' then 'kept'
             when posting.record like 'deposit_settlement/%' then 'refunded' else 'moved' end,
        case kept.entity when 'Invoice' then posting.amount else -posting.amount end
    from {{ ref('document_postings') }} as posting
    inner join {{ ref('transactions') }} as kept
        on kept.record = posting.record and kept.gone_at is null and kept.entity not in ('JournalEntry', 'Payment', 'BillPayment')
    inner join {{ ref('held_accounts') }} as held on held.target = posting.account
    where posting.side = 'quickbooks' and posting.kind = 'booked'
    union all
    {# The lines of a journal entry, and of a bank deposit, name their customers themselves. #}
    select
        'quickbooks',
        kept.record,
        case when detail.of #>> '{Entity,Type}' = 'Customer' then 'Customer:' || (detail.of #>> '{Entity,EntityRef,value}')
             when detail.of #>> '{Entity,type}' = 'CUSTOMER' then 'Customer:' || (detail.of #>> '{Entity,value}') end,
        'moved',
        case when detail.of ->> 'PostingType' = 'Debit' then -1 else 1 end * (line.of ->> 'Amount')::numeric(20, 2)
    from {{ ref('transactions') }} as kept
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'quickbooks_transactions') }} as stored
        on stored.realm = asked.realm and stored.entity = kept.entity and stored.quickbooks_id = kept.quickbooks_id
    cross join lateral jsonb_array_elements(stored.object -> 'Line') as line (of)
    cross join lateral coalesce(line.of -> 'JournalEntryLineDetail', line.of -> 'DepositLineDetail') as detail (of)
    inner join {{ ref('held_accounts') }} as held on held.target = 'Account:' || (detail.of #>> '{AccountRef,value}')
    where kept.entity in ('JournalEntry', 'Deposit') and kept.gone_at is null and kept.is_asked and kept.total <> 0
)

select side, record, party, min(way) as way, sum(amount)::numeric(20, 2) as amount
from moved
group by side, record, party
having sum(amount) <> 0
