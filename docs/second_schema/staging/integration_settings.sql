{# What the organization lets be synced. Its words are in capitals; they are compared without regard to that. #}
select
    organization.id::text as organization_id,
    bookkeeping.company_no as realm_id,
    bookkeeping.direction as sync_direction,
    bookkeeping.what::text[] as enabled_types,
    organization.name as organization_name,
    organization.currency,
    organization.timezone
from {{ ref('organization') }} as organization
left join {{ source('billing', 'bookkeeping') }} as bookkeeping on bookkeeping.landlord_no = organization.id
