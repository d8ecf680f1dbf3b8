{# The profit and loss of both sides by property, where the company file has classes follow properties. Grain: one month, account and class;
   debits are positive. QuickBooks keeps no class on what is owed and in the bank, so a balance sheet by property has no second side.
   class   the property's class; a unit's counts as its property's; null for what has none on either side #}
with moved as (
    select month, account, class, amount as rentaxis, 0 as quickbooks, 0 as explained from {{ source('reports', 'ledger_movements') }}
    union all
    select month, account, class, 0, amount, 0 from {{ source('reports', 'quickbooks_class_movements') }}
    union all
    select month, account, class, 0, 0, case side when 'rentaxis' then amount else -amount end from {{ ref('statement_lines') }}
),

summed as (
    select
        moved.month,
        moved.account,
        moved.class,
        line.name,
        sum(moved.rentaxis)::numeric(20, 2) as rentaxis,
        sum(moved.quickbooks)::numeric(20, 2) as quickbooks,
        sum(moved.explained)::numeric(20, 2) as explained
    from moved
    inner join {{ source('reports', 'statement_names') }} as line on line.account = moved.account and line.statement = 'profit and loss'
    inner join {{ source('reports', 'statement_state') }} as compared on compared.by_class
    group by 1, 2, 3, 4
)

select
    summed.month,
    summed.account,
    summed.name,
    summed.class,
    coalesce(property.name, summed.class, '(none)') as property,
    summed.rentaxis,
    summed.quickbooks,
    summed.rentaxis - summed.quickbooks as difference,
    summed.explained,
    summed.rentaxis - summed.quickbooks - summed.explained as unexplained
from summed
left join {{ source('reports', 'statement_class_names') }} as property on property.class = summed.class
where summed.rentaxis <> 0 or summed.quickbooks <> 0 or summed.explained <> 0
