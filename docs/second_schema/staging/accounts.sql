{# Accounts as they are nested in lines, payments and expenses. #}
select
    entry.entry_no as id,
    json_build_object(
        'source_id', entry.entry_no::text,
        'number', entry.code,
        'name', entry.title,
        'type', entry.section
    ) as account
from {{ source('billing', 'chart') }} as entry
where entry.landlord_no = (select id from {{ ref('organization') }})
