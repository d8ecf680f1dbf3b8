{# Every place a record can be about: a property alone, or a unit of it. RentAxis documents no property name, so the
   street address is used: it is what people call the property. One key for both kinds, so that records can be joined by
   equality. #}
select
    'property ' || property.id as place_key,
    json_build_object(
        'property_id', property.id::text,
        'property_name', property.street_address,
        'unit_id', null,
        'unit_number', null
    ) as place
from {{ source('properties') }} as property
where property.organization_id = (select id from {{ ref('organization') }})
union all
select
    'unit ' || unit.id as place_key,
    json_build_object(
        'property_id', property.id::text,
        'property_name', property.street_address,
        'unit_id', unit.id::text,
        'unit_number', unit.unit_number
    ) as place
from {{ source('units') }} as unit
inner join {{ source('properties') }} as property on property.id = unit.property_id
where property.organization_id = (select id from {{ ref('organization') }})
