{# What the records say that the company file must have an answer to, with the records and the money behind it. Grain: one use, word and
   account. Records that would not be pushed say nothing. #}
with imported as (
    select entity_type, entity_id
    from {{ ref('imported_links') }}
    where lower(imported_link ->> 'origin') = 'imported'
),

billed as (
    select bill.*
    from {{ source('billing', 'bill') }} as bill
    where bill.landlord_no = (select id from {{ ref('organization') }})
        and lower(bill.direction) = 'receivable'
        and bill.removed_on is null
        and lower(bill.state) not in ('draft', 'void')
        and (:first_day is null or bill.issued >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'invoice' and imported.entity_id = bill.bill_no
        )
),

charges as (
    select case when item.entry_no is null then bill.reason end as word, item.entry_no, bill.bill_no as id, item.cents
    from billed as bill
    inner join {{ source('billing', 'bill_item') }} as item on item.bill_no = bill.bill_no and item.removed_on is null
),

received as (
    select receipt.way as word, receipt.entry_no, receipt.receipt_no as id, receipt.cents
    from {{ source('billing', 'receipt') }} as receipt
    where receipt.landlord_no = (select id from {{ ref('organization') }})
        and receipt.removed_on is null
        and lower(receipt.state) = 'completed'
        and (:first_day is null or receipt.received >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'payment' and imported.entity_id = receipt.receipt_no
        )
),

spent as (
    select
        cost.*,
        coalesce(cost.paid, cost.incurred) <> cost.incurred
        and (cost.trader_no is not null or nullif(btrim(cost.trader_name), '') is not null) as is_bill
    from {{ source('billing', 'cost') }} as cost
    where cost.landlord_no = (select id from {{ ref('organization') }})
        and cost.removed_on is null
        and lower(cost.state) in ('paid', 'unpaid')
        and (:first_day is null or coalesce(cost.paid, cost.incurred) >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'expense' and imported.entity_id = cost.cost_no
        )
),

placed as (
    select coalesce('flat ' || flat_no, 'house ' || house_no) as place_key, total_cents as cents from billed
    union all
    select coalesce('flat ' || flat_no, 'house ' || house_no), cents from spent
),

said as (
    select 'charge' as use, word, entry_no, id, cents from charges
    union all
    select 'deposited', word, entry_no, id, cents from received
    union all
    select 'category', null, entry_no, cost_no, cents from spent
    union all
    select case when is_bill then 'paid_bill' else 'paid_purchase' end, way, paid_from_no, cost_no, cents
    from spent
    where lower(state) = 'paid'
)

select
    said.use,
    said.word,
    account.account::jsonb as account,
    null::jsonb as place,
    count(distinct said.id) as rows,
    (coalesce(sum(said.cents), 0) / 100.0)::numeric(20, 2) as money
from said
left join {{ ref('accounts') }} as account on account.id = said.entry_no
group by said.use, said.word, account.account::jsonb
union all
select 'account', null, account.account::jsonb, null, 0, 0::numeric(20, 2)
from {{ ref('accounts') }} as account
union all
select 'place', null, null, place.place::jsonb, count(*), (coalesce(sum(placed.cents), 0) / 100.0)::numeric(20, 2)
from placed
inner join {{ ref('places') }} as place on place.place_key = placed.place_key
group by place.place::jsonb
