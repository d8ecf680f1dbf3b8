{# Every place a record can be about: a house alone, or a flat of it, under one key. #}
select
    'house ' || house.house_no as place_key,
    json_build_object(
        'property_id', house.house_no::text,
        'property_name', house.street,
        'unit_id', null,
        'unit_number', null
    ) as place
from {{ source('billing', 'house') }} as house
where house.landlord_no = (select id from {{ ref('organization') }})
union all
select
    'flat ' || flat.flat_no as place_key,
    json_build_object(
        'property_id', house.house_no::text,
        'property_name', house.street,
        'unit_id', flat.flat_no::text,
        'unit_number', flat.door
    ) as place
from {{ source('billing', 'flat') }} as flat
inner join {{ source('billing', 'house') }} as house on house.house_no = flat.house_no
where house.landlord_no = (select id from {{ ref('organization') }})
