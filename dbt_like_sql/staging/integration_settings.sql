{# What the organization chose on its Integrations tab. One row if the organization exists; realm_id, sync_direction
   and enabled_types are null as long as QuickBooks is not connected. #}
select
    organization.id::text as organization_id,
    connection.realm_id,
    connection.sync_direction,
    connection.enabled_types::text[] as enabled_types,
    organization.name as organization_name,
    organization.currency,
    organization.timezone
from {{ ref('organization') }} as organization
left join {{ source('quickbooks_connections') }} as connection
    on connection.organization_id = organization.id and connection.deleted_at is null
