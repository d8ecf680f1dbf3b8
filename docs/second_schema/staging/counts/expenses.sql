{# The table itself, with nothing joined; in cents, so the sum is divided. #}
select count(*) as rows, sum(cost.cents) / 100.0 as money
from {{ source('billing', 'cost') }} as cost
where cost.landlord_no::text = :organization_id
