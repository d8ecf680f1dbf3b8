{# The table itself, with nothing joined; in cents, so the sum is divided. #}
select count(*) as rows, sum(receipt.cents) / 100.0 as money
from {{ source('billing', 'receipt') }} as receipt
where receipt.landlord_no::text = :organization_id
