{# The accounts that security deposits are held in: liabilities that the products of RentAxis' deposit lines post to. Grain: one product or
   account of QuickBooks.
   target    Item:id or Account:id, as a posting names it; account: Account:id it comes down to #}
with held as (
    select distinct 'Account:' || (item.object #>> '{IncomeAccountRef,value}') as account
    from {{ ref('rentaxis_lines') }} as line
    inner join {{ source('reports', 'rentaxis_accounts') }} as answer on answer.account_key = line.account_key
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'snapshot_objects') }} as item
        on item.realm = asked.realm and item.entity = 'Item' and 'Item:' || item.quickbooks_id = answer.target
    where asked.proves_deposits and line.use = 'charge' and (line.word = 'deposit' or line.account_type = 'liability')
),

liabilities as (
    select held.account
    from held
    inner join {{ ref('names') }} as name on name.key = held.account
    where name.account_type in ('Other Current Liability', 'Long Term Liability')
)

select account as target, account from liabilities
union all
select 'Item:' || item.quickbooks_id, liabilities.account
from {{ source('ledger', 'snapshot_objects') }} as item
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = item.realm
inner join liabilities on liabilities.account = 'Account:' || (item.object #>> '{IncomeAccountRef,value}')
where item.entity = 'Item'
