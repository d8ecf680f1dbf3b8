{# RentAxis' own record that something is already in QuickBooks. A name match that is still waiting for a person is not a link. #}
select
    link.organization_id,
    lower(btrim(link.entity_type)) as entity_type,
    link.entity_id,
    json_build_object(
        'quickbooks_type', link.qbo_type,
        'quickbooks_id', link.qbo_id,
        'origin', link.origin
    ) as imported_link
from {{ source('quickbooks_links') }} as link
where link.organization_id = (select id from {{ ref('organization') }})
    and lower(btrim(link.match_state)) = 'linked'
