{# The records counted in not_pushed, one by one; at most 10,000 of each kind, largest amount first. Grain: one record. #}
select
    listed.source_type || '/' || listed.source_id as record,
    listed.kind,
    listed.reason,
    listed.kind_name,
    listed.why,
    listed.label,
    listed.day,
    date_trunc('month', listed.day)::date as month,
    listed.amount,
    listed.what_to_do
from {{ source('reports', 'rentaxis_not_pushed_records') }} as listed
