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
