{# The payer of each QuickBooks customer according to RentAxis, whatever the day: the customer may not be given to anybody else. #}
select
    link.organization_id::text as organization_id,
    link.imported_link ->> 'quickbooks_id' as quickbooks_id,
    link.entity_type as kind,
    link.entity_id::text as source_id
from {{ ref('imported_links') }} as link
where link.entity_type in ('tenant', 'program')
