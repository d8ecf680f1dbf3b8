{# Vendors as they are nested in expenses. #}
select
    vendor.id,
    json_build_object(
        'source_id', vendor.id::text,
        'name', nullif(btrim(vendor.name), ''),
        'email', nullif(btrim(vendor.email), ''),
        'phone', nullif(btrim(vendor.phone), ''),
        'address', nullif(btrim(vendor.address), '')
    ) as vendor
from {{ source('vendors') }} as vendor
where vendor.organization_id = (select id from {{ ref('organization') }})
