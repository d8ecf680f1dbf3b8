{# RentAxis' ledger against QuickBooks' own profit and loss and balance sheet: what each account moved by in each month. Grain: one month and
   account; debits are positive, so that each month comes to nothing on either side.
   account       a QuickBooks account (Account:id); all receivables are one, all payables another; otherwise its own name
   rentaxis      RentAxis' posted journal entries, through the account mapping of the company file
   quickbooks    from QuickBooks' reports, on the accrual basis
   explained     what the causes come to (statement_causes); unexplained is the rest #}
with moved as (
    select month, account, sum(amount) as rentaxis, 0 as quickbooks, 0 as explained from {{ source('reports', 'ledger_movements') }} group by 1, 2
    union all
    select month, account, 0, amount, 0 from {{ source('reports', 'quickbooks_movements') }}
    union all
    select month, account, 0, 0, sum(amount) from {{ ref('statement_causes') }} group by 1, 2
),

summed as (
    select month, account, sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks, sum(explained) as explained
    from moved
    group by month, account
)

select
    summed.month,
    summed.account,
    coalesce(line.name, summed.account) as name,
    coalesce(line.statement, 'balance sheet') as statement,
    line.rentaxis_accounts,
    summed.rentaxis::numeric(20, 2) as rentaxis,
    summed.quickbooks::numeric(20, 2) as quickbooks,
    (summed.rentaxis - summed.quickbooks)::numeric(20, 2) as difference,
    summed.explained::numeric(20, 2) as explained,
    (summed.rentaxis - summed.quickbooks - summed.explained)::numeric(20, 2) as unexplained
from summed
left join {{ source('reports', 'statement_names') }} as line on line.account = summed.account
where summed.rentaxis <> 0 or summed.quickbooks <> 0 or summed.explained <> 0
