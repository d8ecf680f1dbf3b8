{# When each file was last changed. pays: the record it is kept with, which it waits for. #}
select
    paper.organization_id::text as organization_id,
    'paper' as source_type,
    paper.id::text as source_id,
    paper.day,
    greatest(paper.created_at, paper.updated_at, paper.deleted_at) as changed_at,
    null::text as party_type,
    null::text as party_id,
    null::text as party_name,
    null::timestamptz as party_changed_at,
    array[paper.entity_type || '/' || paper.entity_id] as pays
from {{ ref('dated_papers') }} as paper
where (:ids is null or paper.id::text = any(:ids))
    and (
        :changed_since is null
        or greatest(paper.created_at, paper.updated_at, paper.deleted_at) > :changed_since
    )
