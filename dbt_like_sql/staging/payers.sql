{# Everyone who can owe or pay in this organization: its tenants and its programs, whatever the day.
   A tenant is one global record shared by organizations, so membership, creation day and deletion are those of
   organization_tenants as well. Tenants and programs have overlapping ids: (kind, source_id) is the key. #}
with homes as (
    select distinct on (lease.tenant_id) lease.tenant_id, place.place
    from {{ source('leases') }} as lease
    inner join {{ ref('places') }} as place on place.place_key = 'unit ' || lease.unit_id
    where lease.organization_id = (select id from {{ ref('organization') }})
        and lease.status <> 'draft'
        and lease.deleted_at is null
    order by lease.tenant_id, lease.start_date desc, lease.id desc
),

lease_changes as (
    select lease.tenant_id, max(greatest(lease.updated_at, lease.deleted_at)) as updated_at
    from {{ source('leases') }} as lease
    where lease.organization_id = (select id from {{ ref('organization') }})
    group by lease.tenant_id
),

everyone as (
    select
        'tenant' as kind,
        tenant.id::text as source_id,
        nullif(btrim(tenant.name, E' \t\r\n'), '') as name,
        nullif(btrim(tenant.email, E' \t\r\n'), '') as email,
        nullif(btrim(tenant.phone), '') as phone,
        null::text as address,
        case
            when num_nonnulls(tenant.mailing_street, tenant.mailing_city, tenant.mailing_state, tenant.mailing_zip) > 0
                then json_build_object(
                    'line1', tenant.mailing_street,
                    'line2', null,
                    'city', tenant.mailing_city,
                    'state', tenant.mailing_state,
                    'postal_code', tenant.mailing_zip,
                    'country', null
                )
        end as billing_address,
        home.place as home,
        membership.organization_id::text as organization_id,
        membership.created_at,
        greatest(
            membership.created_at, tenant.updated_at, tenant.deleted_at, membership.updated_at, membership.deleted_at,
            leased.updated_at
        ) as updated_at,
        least(tenant.deleted_at, membership.deleted_at) as deleted_at,
        link.imported_link
    from {{ source('organization_tenants') }} as membership
    inner join {{ source('tenants') }} as tenant on tenant.id = membership.tenant_id
    left join {{ ref('imported_links') }} as link on link.entity_type = 'tenant' and link.entity_id = tenant.id
    left join homes as home on home.tenant_id = tenant.id
    left join lease_changes as leased on leased.tenant_id = tenant.id
    where membership.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        'program' as kind,
        program.id::text as source_id,
        nullif(btrim(program.name, E' \t\r\n'), '') as name,
        nullif(btrim(program.email, E' \t\r\n'), '') as email,
        nullif(btrim(program.phone), '') as phone,
        nullif(btrim(program.address), '') as address,
        null::json as billing_address,
        null::json as home,
        program.organization_id::text as organization_id,
        program.created_at,
        greatest(program.created_at, program.updated_at, program.deleted_at) as updated_at,
        program.deleted_at,
        link.imported_link
    from {{ source('programs') }} as program
    left join {{ ref('imported_links') }} as link on link.entity_type = 'program' and link.entity_id = program.id
    where program.organization_id = (select id from {{ ref('organization') }})
),

{# An e-mail field may contain several addresses, separated by commas or semicolons. #}
addresses as (
    select distinct
        everyone.kind,
        everyone.source_id,
        everyone.deleted_at is null as is_live,
        btrim(part.address, E' \t\r\n') as address
    from everyone
    cross join lateral regexp_split_to_table(lower(everyone.email), '[,;]') as part (address)
),

with_address as (
    select
        addresses.kind,
        addresses.source_id,
        {# Live payers with this address; a deleted payer still counts itself, so 1 always means "nobody else has it". #}
        count(*) filter (where addresses.is_live) over (partition by addresses.address)
        + case when addresses.is_live then 0 else 1 end as payers
    from addresses
    where addresses.address <> ''
),

with_same_email as (
    select
        with_address.kind,
        with_address.source_id,
        max(with_address.payers) as payers
    from with_address
    group by with_address.kind, with_address.source_id
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
    coalesce(with_same_email.payers, 0) as payers_with_same_email,
    everyone.created_at,
    everyone.updated_at,
    everyone.deleted_at,
    everyone.imported_link,
    everyone.billing_address,
    everyone.home
from everyone
left join with_same_email
    on with_same_email.kind = everyone.kind and with_same_email.source_id = everyone.source_id
