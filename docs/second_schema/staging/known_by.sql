{# Records by what a person calls them. Bills and costs have no number here: they are known by their id alone. #}
with everyone as (
    select
        payer.kind as source_type,
        payer.source_id,
        array[payer.name, payer.email] as known_by,
        payer.name as label,
        null::bigint as cents,
        payer.day
    from {{ ref('payers') }} as payer
    where payer.kind = :source_type
    union all
    select 'vendor', trader.trader_no::text, array[trader.firm, trader.mail], trader.firm, null, trader.changed_on::date
    from {{ source('billing', 'trader') }} as trader
    where :source_type = 'vendor' and trader.landlord_no = (select id from {{ ref('organization') }})
    union all
    select 'vendor', null, array[cost.trader_name], cost.trader_name, null, min(cost.incurred)
    from {{ source('billing', 'cost') }} as cost
    where :source_type = 'vendor'
        and cost.trader_no is null
        and nullif(btrim(cost.trader_name), '') is not null
        and cost.landlord_no = (select id from {{ ref('organization') }})
    group by cost.trader_name
    union all
    select 'invoice', bill.bill_no::text, array[]::text[], null, bill.total_cents, bill.issued
    from {{ source('billing', 'bill') }} as bill
    where :source_type = 'invoice'
        and lower(bill.direction) is distinct from 'payable'
        and bill.landlord_no = (select id from {{ ref('organization') }})
    union all
    select 'payment', receipt.receipt_no::text, array[receipt.slip], receipt.slip, receipt.cents, receipt.received
    from {{ source('billing', 'receipt') }} as receipt
    where :source_type = 'payment' and receipt.landlord_no = (select id from {{ ref('organization') }})
    union all
    select 'expense', cost.cost_no::text, array[]::text[], cost.trader_name, cost.cents, cost.incurred
    from {{ source('billing', 'cost') }} as cost
    where :source_type = 'expense' and cost.landlord_no = (select id from {{ ref('organization') }})
)

select
    everyone.source_type,
    everyone.source_id,
    array(select each from unnest(everyone.known_by) as each where nullif(btrim(each), '') is not null) as known_by,
    nullif(btrim(everyone.label), '') as label,
    (everyone.cents / 100.0)::numeric(12, 2) as amount,
    everyone.day
from everyone
where everyone.source_id = any(:ids)
    or lower(everyone.source_id) = lower(:known_by)
    or exists (
        select
        from unnest(everyone.known_by) as each
        where lower(btrim(regexp_replace(each, '\s+', ' ', 'g'))) = lower(:known_by)
    )
