{# What rentaxis-sync source check compares payments.sql with: the table itself, with nothing joined. #}
select count(*) as rows, sum(payment.amount) as money
from {{ source('payments') }} as payment
where payment.organization_id::text = :organization_id
