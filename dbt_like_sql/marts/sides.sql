{# Each side of each record in one row. Grain: one record and side.
   books   its postings in one canonical text: equal texts are equal bookings; null where nothing is booked #}
with booked as (
    select
        side,
        record,
        string_agg(kind || ' ' || account || '=' || amount, '; ' order by kind, account) as books,
        sum(amount) filter (where kind = 'booked') as total
    from {{ ref('postings') }}
    group by side, record
)

select 'rentaxis' as side, record.record, record.day, record.party, booked.books, coalesce(booked.total, 0) as total
from {{ ref('rentaxis_records') }} as record
left join booked on booked.side = 'rentaxis' and booked.record = record.record
union all
select document.side, document.record, document.day, document.party, booked.books, coalesce(booked.total, 0)
from {{ ref('documents') }} as document
left join booked on booked.side = document.side and booked.record = document.record
