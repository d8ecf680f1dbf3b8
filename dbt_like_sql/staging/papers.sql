{# Files that RentAxis keeps with its records (receipts, bills), one row each. #}
select
    paper.day,
    paper.organization_id::text as organization_id,
    paper.id::text as source_id,
    paper.day as record_date,
    paper.entity_type::text as belongs_to_type,
    paper.entity_id::text as belongs_to_id,
    nullif(btrim(paper.file_name), '') as file_name,
    nullif(btrim(paper.content_type), '') as content_type,
    paper.size_bytes::bigint as size_bytes,
    nullif(btrim(paper.sha256), '') as sha256,
    nullif(btrim(paper.location), '') as location,
    greatest(paper.created_at, paper.updated_at, paper.deleted_at) as updated_at,
    paper.deleted_at
from {{ ref('dated_papers') }} as paper
where (:source_id is null or paper.id::text = :source_id)
    and (:ids is null or paper.id::text = any(:ids))
    and (:first_day is null or paper.day >= :first_day)
    and (:day_after_last is null or paper.day < :day_after_last)
