{# Transactions in QuickBooks that belong to no record and look like one of ours. Grain: one such transaction.
   record              the unlinked transaction
   looks_like          the RentAxis record
   why                 marker, number, or same party, amount and date
   ours_is_pushed      whether that record stands in QuickBooks as well: then it is there twice #}
with strangers as (
    select * from {{ ref('transactions') }}
    where not is_linked and gone_at is null and is_asked and total <> 0 and entity <> 'Deposit'
),

ours as (
    select
        record.record,
        record.record_type,
        record.label,
        record.party,
        record.total,
        record.day,
        lower(record.number) as number,
        pair.record is not null and pair.state = 'live' as is_pushed
    from {{ ref('rentaxis_records') }} as record
    left join {{ ref('pairs') }} as pair on pair.record = record.record
),

alike as (
    select stranger.record, ours.record as looks_like, ours.label, ours.is_pushed, 1 as rank, 'marker' as why
    from strangers as stranger
    inner join ours on ours.record = stranger.marked_as
    union all
    select stranger.record, ours.record, ours.label, ours.is_pushed, 2, 'number'
    from strangers as stranger
    inner join ours on ours.number = lower(stranger.number)
        and ours.record_type = case stranger.entity when 'Invoice' then 'invoices' when 'Payment' then 'payments' end
        and (ours.party = stranger.party or ours.total = stranger.total)
    union all
    select stranger.record, ours.record, ours.label, ours.is_pushed, 3, 'party, amount and date'
    from strangers as stranger
    inner join ours on ours.party = stranger.party and ours.total = stranger.total and ours.day = stranger.day
        and ours.record_type = case stranger.entity
            when 'Invoice' then 'invoices' when 'Payment' then 'payments'
            when 'BillPayment' then 'bill_payments' else 'expenses' end
)

select distinct on (stranger.record)
    stranger.record,
    stranger.entity,
    stranger.quickbooks_id,
    stranger.number,
    stranger.day,
    stranger.party,
    stranger.total,
    alike.looks_like,
    alike.label,
    alike.why,
    alike.is_pushed as ours_is_pushed
from strangers as stranger
inner join alike on alike.record = stranger.record
order by stranger.record, alike.rank, alike.looks_like
