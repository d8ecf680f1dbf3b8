{# The traders with these ids that changed after an instant, as they are nested in expenses. #}
select nested.vendor
from {{ ref('organization') }} as organization
inner join {{ source('billing', 'trader') }} as trader on trader.landlord_no = organization.id
inner join {{ ref('vendors') }} as nested on nested.id = trader.trader_no
where trader.trader_no::text = any(:ids)
    and greatest(trader.changed_on, trader.removed_on) at time zone organization.timezone > :changed_since
order by trader.trader_no
