{# The QuickBooks name of each key. Grain: one key, such as Customer:12, Vendor:3, Item:7, Account:35. #}
select
    listed.entity || ':' || listed.quickbooks_id as key,
    coalesce(listed.object ->> 'DisplayName', listed.object ->> 'FullyQualifiedName', listed.object ->> 'Name') as name,
    listed.object ->> 'AccountType' as account_type
from {{ source('ledger', 'snapshot_objects') }} as listed
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = listed.realm
where listed.entity in ('Customer', 'Vendor', 'Employee', 'Item', 'Account')
