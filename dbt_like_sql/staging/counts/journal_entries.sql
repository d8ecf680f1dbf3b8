{# What rentaxis-sync source check compares journal_entries.sql with: the tables themselves, with as little joined as possible. #}
select count(distinct entry.id) as rows, coalesce(sum(line.debit), 0) as money
from {{ source('journal_entries') }} as entry
left join {{ source('journal_entry_lines') }} as line on line.journal_entry_id = entry.id
where entry.organization_id::text = :organization_id
    and coalesce(lower(btrim(entry.source_type)), 'manual') not in {{ values('posted_by_records') }}
    and entry.id not in (
        select journal_entry_id from {{ source('bank_transactions') }}
        where journal_entry_id is not null and status = 'categorized' and deleted_at is null
    )
