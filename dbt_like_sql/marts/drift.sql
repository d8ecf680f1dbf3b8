{# What changed in QuickBooks since we wrote it. Grain: one record and field; field is empty if all of it was deleted or voided.
   what           edited, voided or deleted; for customers and vendors merged (theirs: into which), deleted or made inactive
   ours, theirs   the value we wrote and the value there now
   changed_at     when QuickBooks says it was last changed
   amount         what the record was worth when we wrote it #}
with moved as (
    {# What we wrote for one customer or vendor and is on another now. #}
    select
        side.written_party,
        min(side.quickbooks_party) as into,
        min(name.name) as name,
        max(kept.changed_at) as changed_at,
        sum(side.written_total) as amount
    from {{ ref('sides') }} as side
    inner join {{ ref('transactions') }} as kept on kept.record = side.record
    left join {{ ref('names') }} as name on name.key = side.quickbooks_party
    where side.quickbooks_party <> side.written_party
    group by side.written_party
)

select
    record.record,
    record.record_type,
    record.label,
    record.party_name as party,
    record.entity,
    record.quickbooks_id,
    case record.explanation when 'deleted_in_quickbooks' then 'deleted' else 'voided' end as what,
    null as field,
    record.written_total::text as ours,
    record.quickbooks_total::text as theirs,
    coalesce(kept.gone_at, kept.changed_at) as changed_at,
    record.written_total as amount,
    code.how_to_fix as remedy
from {{ ref('records') }} as record
inner join {{ source('reports', 'explanations') }} as code on code.code = record.explanation
left join {{ ref('transactions') }} as kept on kept.record = record.record
where record.explanation in ('deleted_in_quickbooks', 'voided_in_quickbooks')
union all
select
    field.record,
    coalesce(record.record_type, case field.entity when 'Class' then 'classes' when 'Department' then 'locations' else 'customers' end),
    coalesce(record.label, field.label),
    coalesce(record.party_name, field.label),
    field.entity,
    field.quickbooks_id,
    'edited',
    field.field,
    field.ours,
    field.theirs,
    field.changed_at,
    coalesce(record.written_total, 0),
    code.how_to_fix
from {{ source('reports', 'changed_fields') }} as field
inner join {{ source('reports', 'explanations') }} as code on code.code = 'edited_in_quickbooks'
left join {{ ref('records') }} as record on record.record = field.record
where record.explanation is null or record.explanation not in ('deleted_in_quickbooks', 'voided_in_quickbooks')
union all
{# Edited, although no field that we wrote shows it: listed all the same. #}
select
    record.record,
    record.record_type,
    record.label,
    record.party_name,
    record.entity,
    record.quickbooks_id,
    'edited',
    'Line',
    record.written_total::text,
    record.quickbooks_total::text,
    kept.changed_at,
    record.written_total,
    code.how_to_fix
from {{ ref('records') }} as record
inner join {{ source('reports', 'explanations') }} as code on code.code = record.explanation
left join {{ ref('transactions') }} as kept on kept.record = record.record
where record.explanation = 'edited_in_quickbooks'
    and not exists (select from {{ source('reports', 'changed_fields') }} as field where field.record = record.record)
union all
{# Our customers and vendors that were deleted or made inactive; merged if what we wrote for them is on another one now: after a merge the
   old one is deleted, or still shown as inactive. #}
select
    link.source_type || '/' || link.source_id,
    case link.source_type when 'vendor' then 'vendors' else 'customers' end,
    coalesce(link.mapped ->> 'DisplayName', link.quickbooks_number, link.source_type || ' ' || link.source_id),
    coalesce(link.mapped ->> 'DisplayName', link.quickbooks_number, link.source_type || ' ' || link.source_id),
    link.quickbooks_type,
    link.quickbooks_id,
    case when moved.into is not null then 'merged' when listed.quickbooks_id is not null then 'made inactive' else 'deleted' end,
    null,
    coalesce(link.mapped ->> 'DisplayName', link.quickbooks_number),
    moved.name,
    moved.changed_at,
    coalesce(moved.amount, 0),
    code.how_to_fix
from {{ source('ledger', 'links') }} as link
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = link.realm
left join {{ source('ledger', 'snapshot_objects') }} as listed
    on listed.realm = link.realm and listed.entity = link.quickbooks_type and listed.quickbooks_id = link.quickbooks_id
left join moved on moved.written_party = link.quickbooks_type || ':' || link.quickbooks_id
inner join {{ source('reports', 'explanations') }} as code
    on code.code = case when moved.into is null then 'party_out_of_use' else 'merged_in_quickbooks' end
where link.quickbooks_type in ('Customer', 'Vendor') and link.state <> 'void'
    and (listed.quickbooks_id is null or not listed.active)
