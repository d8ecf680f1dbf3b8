{# The one organization this run works for. Other models compare with its id, so that an index on organization_id can be used
   although the id itself is passed as opaque text. #}
select
    organization.id,
    organization.name,
    btrim(organization.currency) as currency,
    organization.timezone
from {{ source('organizations') }} as organization
where organization.id::text = :organization_id
