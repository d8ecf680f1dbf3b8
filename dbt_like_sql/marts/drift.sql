{# What changed in QuickBooks since we wrote it. Grain: one record and field; field is empty where the whole is gone or void.
   ours, theirs   the value we wrote and the value there now
   changed_at     when QuickBooks says it was last changed
   amount         what the record was worth when we wrote it #}
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
    coalesce(record.record_type, 'customers'),
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
{# Edited, and no field of what we wrote shows it: say so all the same. #}
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
