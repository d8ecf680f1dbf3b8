{# Payments that wait for their deposit, by the account they wait in. Grain: one account.
   long, long_amount   those that have been there for more than 30 days #}
select
    account,
    count(*) as payments,
    sum(amount) as amount,
    max(days_there) as oldest_days,
    count(*) filter (where days_there > 30) as long,
    coalesce(sum(amount) filter (where days_there > 30), 0) as long_amount
from {{ ref('undeposited') }}
group by account
