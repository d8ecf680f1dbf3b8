{# Credits entered in RentAxis. Where credits are pushed, those of days within reach are left out of the list itself; waived late fees are
   in not_pushed_late_fees, and invoices below zero are refused, or pushed, as what they are. #}
select
    'credits' as kind,
    case when credit.credit_date < :first_day then 'before_first_day' when credit.credit_date >= :day_after_last then 'after_last_day'
         else 'never_pushed' end as reason,
    'credit' as source_type,
    credit.source_id,
    'Credit ' || coalesce(credit.credit_number, credit.source_id) as label,
    credit.credit_date as day,
    credit.total_amount as amount
from {{ ref('given_credits') }} as credit
where credit.origin = 'credit'
    and credit.deleted_at is null and coalesce(credit.status, '') not in {{ values('not_owed') }}
    and not exists (select from unnest(:ids) as known (record) where known.record = 'credit/' || credit.source_id)
