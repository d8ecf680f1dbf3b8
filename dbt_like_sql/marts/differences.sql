{# Every record whose two sides differ, to drill down to. Grain: one record.
   at_stake   the money the difference is about: the larger of the two sides, or the difference itself if it is larger #}
select
    record.*,
    greatest(abs(record.difference), abs(record.rentaxis_total), abs(record.quickbooks_total)) as at_stake,
    date_trunc('month', coalesce(record.rentaxis_day, record.quickbooks_day, record.written_day))::date as month,
    code.meaning,
    coalesce(record.how_to_fix, code.how_to_fix) as remedy,
    code.blocks_close
from {{ ref('records') }} as record
inner join {{ source('reports', 'explanations') }} as code on code.code = record.explanation
where record.explanation <> 'agrees'
