{# What already stands in QuickBooks by this system's own note. The names of kinds are compared here, so they are made small letters. #}
select
    link.landlord_no as organization_id,
    lower(link.thing) as entity_type,
    link.thing_no as entity_id,
    json_build_object(
        'quickbooks_type', link.there,
        'quickbooks_id', link.there_no,
        'origin', link.origin
    ) as imported_link
from {{ source('billing', 'bookkeeping_link') }} as link
where link.landlord_no = (select id from {{ ref('organization') }})
