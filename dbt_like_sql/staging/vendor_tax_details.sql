{# What form 1099 asks about the vendors with these ids. Read when a vendor is pushed, and by nothing else: it is in no other model, so that
   a tax id is in no table, file or fingerprint. #}
select
    vendor.organization_id::text as organization_id,
    vendor.id::text as source_id,
    vendor.is_1099,
    nullif(btrim(vendor.tax_id), '') as tax_id
from {{ source('vendors') }} as vendor
where vendor.organization_id = (select id from {{ ref('organization') }})
    and vendor.id::text = any(:ids)
    and (vendor.is_1099 is not null or nullif(btrim(vendor.tax_id), '') is not null)
order by vendor.id
