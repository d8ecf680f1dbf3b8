{# What rentaxis-sync source check compares deposits.sql with: the table itself. #}
select count(*) as rows, sum(deposit.total) as money
from {{ source('bank_deposits') }} as deposit
where deposit.organization_id::text = :organization_id
