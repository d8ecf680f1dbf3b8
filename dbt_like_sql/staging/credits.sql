{# Credits to tenants and programs, one row each, live lines nested: see given_credits for where they come from. Read only where the company
   pushes credits. #}
with chosen as (
    select credit.*
    from {{ ref('given_credits') }} as credit
    where (:source_id is null or credit.source_id = :source_id)
        and (:ids is null or credit.source_id = any(:ids))
        and (:first_day is null or credit.credit_date >= :first_day)
        and (:day_after_last is null or credit.credit_date < :day_after_last)
),

lines as (
    select
        line.credit_source_id,
        json_agg(
            json_build_object(
                'source_id', line.source_id,
                'position', line.position,
                'description', nullif(btrim(line.description), ''),
                'amount', line.amount::text,
                'account', account.account
            )
            order by line.position, line.source_id
        ) filter (where line.deleted_at is null) as lines,
        max(line.updated_at) as updated_at
    from {{ ref('given_credit_lines') }} as line
    left join {{ ref('accounts') }} as account on account.id = line.account_id
    where line.credit_source_id in (select source_id from chosen)
    group by line.credit_source_id
)

select
    chosen.credit_date as day,
    chosen.organization_id::text as organization_id,
    chosen.source_id,
    chosen.credit_number,
    chosen.kind,
    chosen.payer_type,
    chosen.payer_id::text as payer_id,
    payer.payer,
    chosen.credit_date,
    chosen.status,
    chosen.total_amount,
    chosen.memo,
    chosen.void_reason,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    coalesce(lines.lines, '[]') as lines,
    greatest(chosen.updated_at, lines.updated_at) as updated_at,
    chosen.deleted_at,
    link.imported_link
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = chosen.payer_type and payer.source_id = chosen.payer_id::text
left join {{ ref('places') }} as place on place.place_key = chosen.place_key
left join lines on lines.credit_source_id = chosen.source_id
left join {{ ref('imported_links') }} as link on link.entity_type = chosen.origin and link.entity_id = chosen.origin_id
