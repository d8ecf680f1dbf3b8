{# Everyone who can owe or pay: people and agencies. A person's name is in two parts here. Times are local and without a zone: each is
   given its zone in each branch, for a union of both kinds would take the session's. #}
with everyone as (
    select
        'tenant' as kind,
        person.person_no::text as source_id,
        nullif(btrim(concat_ws(' ', person.first_name, person.last_name), E' \t\r\n'), '') as name,
        nullif(btrim(person.mail, E' \t\r\n'), '') as email,
        nullif(btrim(person.mobile), '') as phone,
        null::text as address,
        membership.landlord_no::text as organization_id,
        membership.joined_on at time zone organization.timezone as created_at,
        greatest(
            membership.joined_on, person.changed_on, person.removed_on, membership.changed_on, membership.removed_on
        ) at time zone organization.timezone as updated_at,
        least(person.removed_on, membership.removed_on) at time zone organization.timezone as deleted_at,
        link.imported_link
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'landlord_person') }} as membership on membership.landlord_no = organization.id
    inner join {{ source('billing', 'person') }} as person on person.person_no = membership.person_no
    left join {{ ref('imported_links') }} as link on link.entity_type = 'tenant' and link.entity_id = person.person_no
    union all
    select
        'program' as kind,
        agency.agency_no::text as source_id,
        nullif(btrim(agency.title, E' \t\r\n'), '') as name,
        nullif(btrim(agency.mail, E' \t\r\n'), '') as email,
        nullif(btrim(agency.phone), '') as phone,
        nullif(btrim(agency.address), '') as address,
        agency.landlord_no::text as organization_id,
        agency.entered_on at time zone organization.timezone as created_at,
        greatest(agency.entered_on, agency.changed_on, agency.removed_on) at time zone organization.timezone as updated_at,
        agency.removed_on at time zone organization.timezone as deleted_at,
        link.imported_link
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'agency') }} as agency on agency.landlord_no = organization.id
    left join {{ ref('imported_links') }} as link on link.entity_type = 'program' and link.entity_id = agency.agency_no
),

{# An e-mail field may hold several addresses, with commas or semicolons between them. #}
addresses as (
    select distinct
        everyone.kind,
        everyone.source_id,
        everyone.deleted_at is null as is_live,
        btrim(one.address, E' \t\r\n') as address
    from everyone
    cross join lateral regexp_split_to_table(lower(everyone.email), '[,;]') as one (address)
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
    everyone.imported_link
from everyone
left join with_same_email
    on with_same_email.kind = everyone.kind and with_same_email.source_id = everyone.source_id
