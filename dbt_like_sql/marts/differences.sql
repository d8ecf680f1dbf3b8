{# Every record whose two sides differ, for drilling down. Grain: one record.
   remedy     the row result's own, if it has one; otherwise that of the explanation. A record whose date no date range can include is to
              be pushed as a single record
   at_stake   the money the difference is about: the larger of the two sides, or the difference itself if it is larger #}
select
    record.*,
    greatest(abs(record.difference), abs(record.rentaxis_total), abs(record.quickbooks_total)) as at_stake,
    date_trunc('month', coalesce(record.rentaxis_day, record.quickbooks_day, record.written_day))::date as month,
    code.meaning,
    coalesce(
        record.how_to_fix,
        case when record.range_day < asked.first_reachable or record.range_day > asked.last_reachable then code.out_of_range end,
        code.how_to_fix
    ) as remedy,
    code.blocks_close
from {{ ref('records') }} as record
inner join {{ source('reports', 'explanations') }} as code on code.code = record.explanation
cross join {{ source('reports', 'parameters') }} as asked
where record.explanation <> 'agrees'
