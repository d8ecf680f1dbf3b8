{# What rentaxis-sync source check compares invoices.sql with: the table itself, with nothing joined. #}
select count(*) as rows, sum(invoice.total_amount) as money
from {{ source('invoices') }} as invoice
where invoice.organization_id::text = :organization_id and invoice.type <> 'payable'
