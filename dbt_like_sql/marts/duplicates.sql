{# Transactions in QuickBooks that are linked to no record and look like one of ours. Grain: one such transaction.
   record              the unlinked transaction
   looks_like          the RentAxis record
   why                 marker, number, or same party, amount and date
   ours_is_pushed      whether that record is in QuickBooks as well: then it is there twice #}
with unlinked as (
    select seen.*, known.record_type
    from {{ ref('transactions') }} as seen
    inner join {{ source('reports', 'transaction_types') }} as known on known.entity = seen.entity
    where not seen.is_linked and seen.gone_at is null and seen.is_asked and seen.total <> 0
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
    select unlinked.record, ours.record as looks_like, ours.label, ours.is_pushed, 1 as rank, 'marker' as why
    from unlinked
    inner join ours on ours.record = unlinked.marked_as
    union all
    select unlinked.record, ours.record, ours.label, ours.is_pushed, 2, 'number'
    from unlinked
    inner join ours on ours.number = lower(unlinked.number)
        and ours.record_type = unlinked.record_type
        and (ours.party = unlinked.party or ours.total = unlinked.total)
    union all
    select unlinked.record, ours.record, ours.label, ours.is_pushed, 3, 'party, amount and date'
    from unlinked
    inner join ours on ours.party = unlinked.party and ours.total = unlinked.total and ours.day = unlinked.day
        and ours.record_type = unlinked.record_type
)

select distinct on (unlinked.record)
    unlinked.record,
    unlinked.entity,
    unlinked.quickbooks_id,
    unlinked.number,
    unlinked.day,
    unlinked.party,
    unlinked.total,
    alike.looks_like,
    alike.label,
    alike.why,
    alike.is_pushed as ours_is_pushed
from unlinked
inner join alike on alike.record = unlinked.record
order by unlinked.record, alike.rank, alike.looks_like
