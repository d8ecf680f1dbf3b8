{# Whose each QuickBooks customer is by RentAxis' own note, whatever the day: nobody else may be given it. #}
select
    link.organization_id::text as organization_id,
    link.imported_link ->> 'quickbooks_id' as quickbooks_id,
    link.entity_type as kind,
    link.entity_id::text as source_id
from {{ ref('imported_links') }} as link
where link.entity_type in ('tenant', 'program')
