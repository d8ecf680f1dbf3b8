{# Entries in RentAxis' own ledger that come neither from a record of a pushed type nor from a categorized bank feed line, which is on
   the list itself. Drafts and void entries post nothing. The money is the sum of the debits. #}
select
    'journal_entries' as kind,
    case when entry.entry_date < :first_day then 'before_first_day' when entry.entry_date >= :day_after_last then 'after_last_day'
         else 'never_pushed' end as reason,
    'journal_entry' as source_type,
    entry.id::text as source_id,
    'Journal entry ' || entry.id || coalesce(' (' || nullif(btrim(entry.description), '') || ')', '') as label,
    entry.entry_date as day,
    coalesce((select sum(line.debit) from {{ source('journal_entry_lines') }} as line where line.journal_entry_id = entry.id), 0)
        as amount
from {{ source('journal_entries') }} as entry
where entry.organization_id = (select id from {{ ref('organization') }})
    and entry.deleted_at is null and entry.status not in {{ values('not_owed') }}
    and coalesce(entry.source_type, 'manual') not in {{ values('posted_by_records') }}
    and not exists (select from unnest(:ids) as known (record) where known.record = 'journal_entry/' || entry.id)
    and not exists (
        select from {{ source('bank_transactions') }} as line
        where line.journal_entry_id = entry.id and line.status = 'categorized' and line.deleted_at is null
    )
