{# Journal entries, one row each, lines nested: those that no record of another type and no bank line posted. What an invoice, a payment or an
   expense posted is in QuickBooks with that record; what a payable invoice or a deposit settlement posted is with it, or on the list with
   it; a categorized bank line is categorized in QuickBooks' own bank feed.
   RentAxis gives entries no number of their own. #}
with chosen as (
    select entry.*
    from {{ source('journal_entries') }} as entry
    where entry.organization_id = (select id from {{ ref('organization') }})
        and (:source_id is null or entry.id::text = :source_id)
        and (:ids is null or entry.id::text = any(:ids))
        and (:first_day is null or entry.entry_date >= :first_day)
        and (:day_after_last is null or entry.entry_date < :day_after_last)
        and coalesce(lower(btrim(entry.source_type)), 'manual') not in {{ values('posted_by_records') }}
        and not exists (
            select from {{ source('bank_transactions') }} as line
            where line.journal_entry_id = entry.id and line.status = 'categorized' and line.deleted_at is null
        )
),

lines as (
    select
        line.journal_entry_id,
        json_agg(
            json_build_object(
                'source_id', line.id::text,
                'description', null,
                'account', account.account,
                'debit', line.debit::text,
                'credit', line.credit::text,
                'place', place.place
            )
            order by line.id
        ) as lines,
        sum(line.debit) as debits
    from chosen
    inner join {{ source('journal_entry_lines') }} as line on line.journal_entry_id = chosen.id
    left join {{ ref('accounts') }} as account on account.id = line.account_id
    left join {{ ref('places') }} as place
        on place.place_key = coalesce('unit ' || line.unit_id, 'property ' || line.property_id)
    group by line.journal_entry_id
)

select
    chosen.entry_date as day,
    chosen.organization_id::text as organization_id,
    chosen.id::text as source_id,
    null::text as entry_number,
    chosen.entry_date,
    coalesce(nullif(btrim(chosen.source_type::text), ''), 'manual') as origin,
    chosen.status::text as status,
    coalesce(lines.debits, 0)::numeric(14, 2) as total_amount,
    nullif(btrim(chosen.description), '') as description,
    nullif(btrim(chosen.memo), '') as memo,
    coalesce(lines.lines, '[]') as lines,
    greatest(chosen.created_at, chosen.updated_at, chosen.deleted_at) as updated_at,
    chosen.deleted_at,
    link.imported_link
from chosen
left join lines on lines.journal_entry_id = chosen.id
left join {{ ref('imported_links') }} as link
    on link.entity_type = 'journal_entry' and link.entity_id = chosen.id
