{# The one organization this run works for. Others compare with its id, so that an index on organization_id can be used
   although the id itself travels as opaque text. #}
select
    organization.id,
    organization.name,
    btrim(organization.currency) as currency,
    organization.timezone
from {{ source('organizations') }} as organization
where organization.id::text = :organization_id
