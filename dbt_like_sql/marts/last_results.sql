{# The latest result of each record, not counting previews. Grain: one source record.
   Results of unchanged records are kept together by day; such a record has always a result of its own with that day, so only the newest
   of a day are opened, and older ones of the same day for records that are not among those. #}
with single as (
    select distinct on (result.source_type, result.source_id) result.*
    from {{ source('ledger', 'single_results') }} as result
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = result.realm
    where coalesce(result.reason_code, '') not in {{ values('preview') }}
    order by result.source_type, result.source_id, result.finished_at desc
),

-- Of each day the newest that are kept together.
newest_of_day as (
    select distinct on (kept.day, kept.record_type, kept.source_type) kept.plan_id, kept.day, kept.source_type
    from {{ source('ledger', 'unchanged_results') }} as kept
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = kept.realm
    order by kept.day, kept.record_type, kept.source_type, kept.finished_at desc
),

opened as (
    select distinct on (kept.source_type, each.source_id) kept.run_id, kept.day, kept.source_type, kept.said, kept.url_before_id, kept.finished_at,
        each.source_id, each.label, each.amount, each.quickbooks_id
    from newest_of_day as newest
    inner join {{ source('ledger', 'unchanged_results') }} as kept
        on kept.plan_id = newest.plan_id and kept.day = newest.day and kept.source_type = newest.source_type
    cross join lateral unnest(kept.source_ids, kept.labels, kept.amounts, kept.quickbooks_ids)
        as each (source_id, label, amount, quickbooks_id)
    order by kept.source_type, each.source_id, kept.finished_at desc
),

-- What stands for the record now: its own result, or a newer one kept together with others.
kept as (
    select single.source_type, single.source_id, found.run_id, found.day, found.amount, found.label, found.said, found.url, found.finished_at
    from single
    left join opened
        on opened.source_type = single.source_type and opened.source_id = single.source_id
            and opened.finished_at > single.finished_at
    cross join lateral (
        select opened.run_id, opened.day, opened.amount, opened.label, opened.said, opened.url_before_id || opened.quickbooks_id as url,
            opened.finished_at
        where opened.source_id is not null
        union all
        select older.run_id, older.day, older.amounts[older.n], older.labels[older.n], older.said,
            older.url_before_id || older.quickbooks_ids[older.n], older.finished_at
        from (
            select each.*, array_position(each.source_ids, single.source_id) as n
            from {{ source('ledger', 'unchanged_results') }} as each
            where opened.source_id is null and each.realm = single.realm
                and each.day in (
                    select own.day from {{ source('ledger', 'single_results') }} as own
                    where own.realm = single.realm and own.source_type = single.source_type and own.source_id = single.source_id
                )
                and each.record_type = single.record_type and each.source_type = single.source_type
                and each.finished_at > single.finished_at and single.source_id = any(each.source_ids)
            order by each.finished_at desc limit 1
        ) as older
    ) as found
)

select
    single.source_type || '/' || single.source_id as record,
    coalesce(kept.run_id, single.run_id) as run_id,
    single.record_type,
    single.source_type,
    single.source_id,
    coalesce(kept.label, single.source_label) as source_label,
    coalesce(kept.day, single.day) as day,
    coalesce(kept.amount, single.amount) as amount,
    case when kept.run_id is null then single.status else 'skipped' end as status,
    case when kept.run_id is null then single.reason_code else 'unchanged' end as reason_code,
    case when kept.run_id is null then single.reason else kept.label || kept.said end as reason,
    case when kept.run_id is null then single.how_to_fix else 'Nothing to do.' end as how_to_fix,
    case when kept.run_id is null then single.quickbooks_url else kept.url end as quickbooks_url,
    coalesce(kept.finished_at, single.finished_at) as finished_at
from single
left join kept on kept.source_type = single.source_type and kept.source_id = single.source_id
