{# The vendors with these ids that changed after an instant, as they are nested in expenses. #}
select nested.vendor
from {{ source('vendors') }} as vendor
inner join {{ ref('vendors') }} as nested on nested.id = vendor.id
where vendor.id::text = any(:ids)
    and greatest(vendor.created_at, vendor.updated_at, vendor.deleted_at) > :changed_since
order by vendor.id
