{# Vendors as they are nested in expenses. #}
select
    trader.trader_no as id,
    json_build_object(
        'source_id', trader.trader_no::text,
        'name', nullif(btrim(trader.firm), ''),
        'email', nullif(btrim(trader.mail), ''),
        'phone', nullif(btrim(trader.phone), ''),
        'address', nullif(btrim(trader.address), '')
    ) as vendor
from {{ source('billing', 'trader') }} as trader
where trader.landlord_no = (select id from {{ ref('organization') }})
