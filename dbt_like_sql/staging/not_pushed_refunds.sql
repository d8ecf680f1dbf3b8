{# Refunds of payments, which are pushed only where company.yaml asks for them. #}
select
    'refunds' as kind,
    case when refund.refund_date < :first_day then 'before_first_day'
         when refund.refund_date >= :day_after_last then 'after_last_day' else 'never_pushed' end as reason,
    'refund' as source_type,
    refund.id::text as source_id,
    'Refund of payment ' || coalesce(nullif(btrim(payment.payment_number), ''), payment.id::text) as label,
    refund.refund_date as day,
    refund.amount
from {{ source('payment_refunds') }} as refund
inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
where payment.organization_id = (select id from {{ ref('organization') }})
    and refund.deleted_at is null and refund.status = 'completed'
    and not exists (select from unnest(:ids) as known (record) where known.record = 'refund/' || refund.id)
