{# What rentaxis-sync source check compares papers.sql with: the table itself, with nothing joined. #}
select count(*) as rows
from {{ source('papers') }} as paper
where paper.organization_id::text = :organization_id
