{# When each cost and its trader were last changed; chosen as in invoice_versions. #}
select
    cost.landlord_no::text as organization_id,
    'expense' as source_type,
    cost.cost_no::text as source_id,
    cost.incurred as day,
    greatest(cost.entered_on, cost.changed_on, cost.removed_on) at time zone organization.timezone as changed_at,
    'vendor' as party_type,
    trader.trader_no::text as party_id,
    nullif(btrim(coalesce(trader.firm, cost.trader_name)), '') as party_name,
    greatest(trader.changed_on, trader.removed_on) at time zone organization.timezone as party_changed_at,
    array[]::text[] as pays
from {{ ref('organization') }} as organization
inner join {{ source('billing', 'cost') }} as cost on cost.landlord_no = organization.id
left join {{ source('billing', 'trader') }} as trader
    on trader.trader_no = cost.trader_no and trader.landlord_no = cost.landlord_no
where (:ids is null or cost.cost_no::text = any(:ids))
    and (
        :changed_since is null
        or greatest(cost.entered_on, cost.changed_on, cost.removed_on) at time zone organization.timezone > :changed_since
        or (
            :ids is not null
            and greatest(trader.changed_on, trader.removed_on) at time zone organization.timezone > :changed_since
        )
    )
