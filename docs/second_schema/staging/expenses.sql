{# Costs, one row each, with the trader that is linked, else the name that was typed. #}
select
    cost.incurred as day,
    cost.landlord_no::text as organization_id,
    cost.cost_no::text as source_id,
    cost.incurred as expense_date,
    cost.due as due_date,
    (cost.cents / 100.0)::numeric(12, 2) as amount,
    case
        when vendor.vendor is not null then vendor.vendor
        when cost.trader_no is not null or nullif(btrim(cost.trader_name), '') is not null
            then json_build_object(
                'source_id', cost.trader_no::text,
                'name', nullif(btrim(cost.trader_name), ''),
                'email', null,
                'phone', null,
                'address', null
            )
    end as vendor,
    nullif(btrim(cost.wording), '') as description,
    account.account,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    nullif(btrim(cost.elsewhere), '') as custom_property_name,
    cost.state as status,
    cost.way as payment_method,
    cost.paid as paid_at,
    paid_from.account as paid_from_account,
    cost.bill_no::text as payable_invoice_id,
    null::text as payable_invoice_number,
    greatest(cost.entered_on, cost.changed_on, cost.removed_on) at time zone organization.timezone as updated_at,
    cost.removed_on at time zone organization.timezone as deleted_at,
    link.imported_link
from {{ ref('organization') }} as organization
inner join {{ source('billing', 'cost') }} as cost on cost.landlord_no = organization.id
left join {{ ref('vendors') }} as vendor on vendor.id = cost.trader_no
left join {{ ref('accounts') }} as account on account.id = cost.entry_no
left join {{ ref('accounts') }} as paid_from on paid_from.id = cost.paid_from_no
left join {{ ref('places') }} as place
    on place.place_key = coalesce('flat ' || cost.flat_no, 'house ' || cost.house_no)
left join {{ ref('imported_links') }} as link on link.entity_type = 'expense' and link.entity_id = cost.cost_no
where (:source_id is null or cost.cost_no::text = :source_id)
    and (:ids is null or cost.cost_no::text = any(:ids))
    and (:first_day is null or cost.incurred >= :first_day)
    and (:day_after_last is null or cost.incurred < :day_after_last)
