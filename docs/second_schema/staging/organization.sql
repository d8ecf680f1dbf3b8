{# The one organization this run works for. Others compare with its id, so that an index on landlord_no can be used although the id itself
   travels as opaque text. #}
select
    landlord.landlord_no as id,
    landlord.title as name,
    btrim(landlord.coin) as currency,
    landlord.clock as timezone
from {{ source('billing', 'landlord') }} as landlord
where landlord.landlord_no::text = :organization_id
