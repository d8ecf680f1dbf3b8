{# Everyone who can owe or pay in this organization: its tenants and its programs, whatever the day.
   A tenant is one global record shared by organizations, so belonging, the day it was created and its deletion are
   those of organization_tenants as well. Tenants and programs have overlapping ids: (kind, source_id) is the key. #}
with everyone as (
    select
        'tenant' as kind,
        tenant.id::text as source_id,
        nullif(btrim(tenant.name, E' \t\r\n'), '') as name,
        nullif(btrim(tenant.email, E' \t\r\n'), '') as email,
        nullif(btrim(tenant.phone), '') as phone,
        null::text as address,
        membership.organization_id::text as organization_id,
        membership.created_at,
        greatest(
            membership.created_at, tenant.updated_at, tenant.deleted_at, membership.updated_at, membership.deleted_at
        ) as updated_at,
        least(tenant.deleted_at, membership.deleted_at) as deleted_at,
        link.imported_link
    from {{ source('organization_tenants') }} as membership
    inner join {{ source('tenants') }} as tenant on tenant.id = membership.tenant_id
    left join {{ ref('imported_links') }} as link on link.entity_type = 'tenant' and link.entity_id = tenant.id
    where membership.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        'program' as kind,
        program.id::text as source_id,
        nullif(btrim(program.name, E' \t\r\n'), '') as name,
        nullif(btrim(program.email, E' \t\r\n'), '') as email,
        nullif(btrim(program.phone), '') as phone,
        nullif(btrim(program.address), '') as address,
        program.organization_id::text as organization_id,
        program.created_at,
        greatest(program.created_at, program.updated_at, program.deleted_at) as updated_at,
        program.deleted_at,
        link.imported_link
    from {{ source('programs') }} as program
    left join {{ ref('imported_links') }} as link on link.entity_type = 'program' and link.entity_id = program.id
    where program.organization_id = (select id from {{ ref('organization') }})
)

select
    (everyone.created_at at time zone :timezone)::date as day,
    everyone.organization_id,
    everyone.kind,
    everyone.source_id,
    everyone.name,
    everyone.email,
    everyone.phone,
    everyone.address,
    {# Live payers with this e-mail; a deleted payer still counts itself, so 1 always means "nobody else has it". #}
    case
        when everyone.email is null then 0
        else
            count(*) filter (where everyone.deleted_at is null) over (partition by lower(everyone.email))
            + case when everyone.deleted_at is null then 0 else 1 end
    end as payers_with_same_email,
    everyone.created_at,
    everyone.updated_at,
    everyone.deleted_at,
    everyone.imported_link
from everyone
