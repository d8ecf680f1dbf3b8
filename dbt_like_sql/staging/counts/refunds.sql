{# What rentaxis-sync source check compares refunds.sql with: the tables themselves, with as little joined as possible. #}
select count(*) as rows, sum(refund.amount) as money
from {{ source('payment_refunds') }} as refund
inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
where payment.organization_id::text = :organization_id
