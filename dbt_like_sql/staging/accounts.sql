{# Accounts as they are nested in lines, payments and expenses, including inactive and deleted ones: old records still name them. #}
select
    account.id,
    json_build_object(
        'source_id', account.id::text,
        'number', account.number,
        'name', account.name,
        'type', account.type
    ) as account
from {{ source('accounts') }} as account
where account.organization_id = (select id from {{ ref('organization') }})
