{# Which QuickBooks transaction a RentAxis record is. Grain: one record; a transaction belongs to one record only.
   record         source_type/source_id, the key every mart uses
   origin         how the two came together; "imported" if only RentAxis itself says so
   state          live, void or gone, as the ledger has it
   written        what we last wrote, as a QuickBooks payload; null for what we never wrote
   push_began     nothing that RentAxis changed before this instant was missed by that push #}
with linked as (
    select
        link.source_type,
        link.source_id,
        link.quickbooks_type as entity,
        link.quickbooks_id,
        link.origin,
        link.state,
        link.mapped::jsonb as written,
        link.updated_at as pushed_at,
        link.run_id,
        {# An hour before the plan: the extract comes before it, and clocks may differ. #}
        coalesce(
            (select min(plan.created_at) from {{ source('ledger', 'plans') }} as plan where plan.run_id = link.run_id),
            link.updated_at
        ) - interval '1 hour' as push_began
    from {{ source('ledger', 'links') }} as link
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = link.realm
    where link.quickbooks_type in ('Invoice', 'Payment', 'Purchase', 'Bill', 'BillPayment')
),

imported as (
    select 'invoice' as source_type, source_id, imported_type, imported_id
    from {{ source('reports', 'rentaxis_invoices') }}
    union all
    select 'payment', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_payments') }}
    union all
    select 'expense', source_id, imported_type, imported_id from {{ source('reports', 'rentaxis_expenses') }}
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
    null,
    null,
    null,
    null
from imported
where imported.imported_type in ('Invoice', 'Payment', 'Purchase', 'Bill')
    and not exists (
        select from linked
        where (linked.source_type, linked.source_id) = (imported.source_type, imported.source_id)
            or (linked.entity, linked.quickbooks_id) = (imported.imported_type, imported.imported_id)
    )
