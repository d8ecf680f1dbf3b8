{# The latest result of each record, not counting previews. Grain: one source record. #}
select distinct on (result.source_type, result.source_id)
    result.source_type || '/' || result.source_id as record,
    result.run_id,
    result.record_type,
    result.source_type,
    result.source_id,
    result.source_label,
    result.day,
    result.amount,
    result.status,
    result.reason_code,
    result.reason,
    result.how_to_fix,
    result.quickbooks_url,
    result.finished_at
from {{ source('ledger', 'row_results') }} as result
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = result.realm
where coalesce(result.reason_code, '') not in {{ values('preview') }}
order by result.source_type, result.source_id, result.finished_at desc
