{# The three sides of each record in one row. Grain: one RentAxis record, or one QuickBooks transaction that belongs to none.
   rentaxis_, written_, quickbooks_   as it is in RentAxis now, as we last wrote it, as it is in QuickBooks now
   books   its postings as one canonical text: equal texts are equal postings; null if nothing is posted #}
with booked as (
    select
        record,
        string_agg(posting, '; ' order by posting collate "C") filter (where side = 'rentaxis') as rentaxis_books,
        string_agg(posting, '; ' order by posting collate "C") filter (where side = 'written') as written_books,
        string_agg(posting, '; ' order by posting collate "C") filter (where side = 'quickbooks') as quickbooks_books,
        sum(amount) filter (where side = 'rentaxis' and kind = 'booked') as rentaxis_total,
        sum(amount) filter (where side = 'written' and kind = 'booked') as written_total,
        sum(amount) filter (where side = 'quickbooks' and kind = 'booked') as quickbooks_total
    from (select *, kind || ' ' || account || '=' || amount as posting from {{ ref('postings') }}) as posted
    group by record
),

named as (
    select record from {{ ref('rentaxis_records') }}
    union
    select record from {{ ref('documents') }}
)

select
    record,
    rentaxis.record is not null as in_rentaxis,
    quickbooks.record is not null as in_quickbooks,
    rentaxis.day as rentaxis_day,
    written.day as written_day,
    quickbooks.day as quickbooks_day,
    rentaxis.party as rentaxis_party,
    written.party as written_party,
    quickbooks.party as quickbooks_party,
    booked.rentaxis_books,
    booked.written_books,
    booked.quickbooks_books,
    coalesce(booked.rentaxis_total, 0) as rentaxis_total,
    coalesce(booked.written_total, 0) as written_total,
    coalesce(booked.quickbooks_total, 0) as quickbooks_total,
    written.redated_from
from named
left join {{ ref('rentaxis_records') }} as rentaxis using (record)
left join (select * from {{ ref('documents') }} where side = 'written') as written using (record)
left join (select * from {{ ref('documents') }} where side = 'quickbooks') as quickbooks using (record)
left join booked using (record)
