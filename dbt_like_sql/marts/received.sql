{# Payments whose money was received and is not void: completed, and refunded ones that are in QuickBooks. Grain: one payment. #}
select 'payment/' || payment.source_id as record
from {{ source('reports', 'rentaxis_payments') }} as payment
left join {{ ref('pairs') }} as pair on pair.record = 'payment/' || payment.source_id
where payment.status in {{ values('completed') }}
    or (payment.status in {{ values('refunded') }} and pair.state = 'live')
