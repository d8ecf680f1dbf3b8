{# RentAxis against QuickBooks. Grain: record type, month, account, party and explanation.
   account       the product of an invoice line, or the account that a payment is deposited to or an expense is charged to
   rentaxis, quickbooks   what each side posts there; difference = rentaxis - quickbooks
   explanation   why they differ; within "agrees" every difference is 0 #}
select
    record_type,
    month,
    account,
    party,
    explanation,
    count(*) as records,
    sum(rentaxis) as rentaxis,
    sum(quickbooks) as quickbooks,
    sum(rentaxis) - sum(quickbooks) as difference
from {{ ref('cells') }}
where rentaxis <> 0 or quickbooks <> 0
group by 1, 2, 3, 4, 5
