{# When each journal entry was last changed. All that changed since an instant, or those with these ids. An entry's lines have no time of
   their own: a posted entry is never edited. #}
select
    entry.organization_id::text as organization_id,
    'journal_entry' as source_type,
    entry.id::text as source_id,
    entry.entry_date as day,
    greatest(entry.created_at, entry.updated_at, entry.deleted_at) as changed_at,
    null::text as party_type,
    null::text as party_id,
    null::text as party_name,
    null::timestamptz as party_changed_at,
    array[]::text[] as pays
from {{ source('journal_entries') }} as entry
where entry.organization_id = (select id from {{ ref('organization') }})
    and coalesce(lower(btrim(entry.source_type)), 'manual') not in {{ values('posted_by_records') }}
    and not exists (
        select from {{ source('bank_transactions') }} as line
        where line.journal_entry_id = entry.id and line.status = 'categorized' and line.deleted_at is null
    )
    and (:ids is null or entry.id::text = any(:ids))
    and (
        :changed_since is null
        or greatest(entry.created_at, entry.updated_at, entry.deleted_at) > :changed_since
    )
