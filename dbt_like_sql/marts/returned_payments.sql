{# Payments that came back and stay in QuickBooks, because their return is booked on its own day. Grain: one payment. #}
select
    'payment/' || payment.source_id as record,
    'payment_return/' || payment.source_id as return_record,
    payment.source_id,
    payment.returned_on,
    round(payment.total, 2) as total,
    round(coalesce(payment.return_fee, 0), 2) as fee
from {{ source('reports', 'rentaxis_payments') }} as payment
left join {{ ref('pairs') }} as booked on booked.record = 'payment_return/' || payment.source_id
left join {{ ref('last_results') }} as result on result.record = 'payment_return/' || payment.source_id
where payment.returned_on is not null and payment.deleted_at is null and payment.status in {{ values('taken_back') }}
    and (coalesce(booked.state = 'live', false) or (booked.record is null and result.status = 'failed'))
