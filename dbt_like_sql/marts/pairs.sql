{# Which QuickBooks transaction a RentAxis record is. Grain: one record; a transaction belongs to one record only.
   record         source_type/source_id, the key used by every mart
   origin         how the two were linked; "imported" if only RentAxis itself says so
   state          live, void or gone, according to the ledger
   is_written     whether we ever wrote it
   push_began     that push missed nothing that was changed in RentAxis before this time #}
with runs as (
    {# An hour before the plan: the records were read before it, and clocks may differ. #}
    select plan.run_id, min(plan.created_at) - interval '1 hour' as began
    from {{ source('ledger', 'plans') }} as plan
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = plan.realm
    group by plan.run_id
),

linked as (
    select
        link.source_type,
        link.source_id,
        link.quickbooks_type as entity,
        link.quickbooks_id,
        link.origin,
        link.state,
        true as is_written,
        link.updated_at as pushed_at,
        link.run_id,
        coalesce(runs.began, link.updated_at - interval '1 hour') as push_began
    from {{ source('ledger', 'links') }} as link
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = link.realm
    left join runs on runs.run_id = link.run_id
    where link.quickbooks_type in {{ values('transactions') }}
),

imported as (
    select 'invoice' as source_type, source_id, imported_type, imported_id
    from {{ source('reports', 'rentaxis_invoices') }}
    union all
    select 'credit', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_credits') }}
    union all
    select 'payment', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_payments') }}
    union all
    select 'expense', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_expenses') }}
    union all
    select 'journal_entry', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_journal_entries') }}
)

select source_type || '/' || source_id as record, linked.* from linked
union all
select
    imported.source_type || '/' || imported.source_id,
    imported.source_type,
    imported.source_id,
    imported.imported_type,
    imported.imported_id,
    'imported',
    'live',
    false,
    null,
    null,
    null
from imported
where imported.imported_type in {{ values('transactions') }}
    and not exists (
        select from linked
        where (linked.source_type, linked.source_id) = (imported.source_type, imported.source_id)
    )
    and not exists (
        select from linked
        where (linked.entity, linked.quickbooks_id) = (imported.imported_type, imported.imported_id)
    )
