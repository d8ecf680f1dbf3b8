{# The table itself, with nothing joined; in cents, so the sum is divided. #}
select count(*) as rows, sum(bill.total_cents) / 100.0 as money
from {{ source('billing', 'bill') }} as bill
where bill.landlord_no::text = :organization_id and bill.direction <> 'PAYABLE'
