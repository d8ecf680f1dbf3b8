{# What rentaxis-sync source check compares expenses.sql with: the table itself, with nothing joined. #}
select count(*) as rows, sum(expense.amount) as money
from {{ source('expenses') }} as expense
where expense.organization_id::text = :organization_id
