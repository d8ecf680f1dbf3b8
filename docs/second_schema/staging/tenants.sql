{# Tenants that joined the organization on a day of the window, or the one asked for by id. #}
select *
from {{ ref('payers') }} as payer
where payer.kind = 'tenant'
    and (:source_id is null or payer.source_id = :source_id)
    and (:window_start is null or payer.created_at >= :window_start)
    and (:window_end is null or payer.created_at < :window_end)
