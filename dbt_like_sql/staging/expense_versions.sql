{# When each expense, its payments and its vendor were last changed. All that changed since an instant; or of those with these ids, the
   ones that changed themselves or whose vendor did. #}
select
    expense.organization_id::text as organization_id,
    'expense' as source_type,
    expense.id::text as source_id,
    expense.expense_date as day,
    own.changed_at,
    'vendor' as party_type,
    vendor.id::text as party_id,
    nullif(btrim(coalesce(vendor.name, expense.vendor_name)), '') as party_name,
    greatest(vendor.updated_at, vendor.deleted_at) as party_changed_at,
    array[]::text[] as pays
from {{ source('expenses') }} as expense
left join {{ source('vendors') }} as vendor
    on vendor.id = expense.vendor_id and vendor.organization_id = expense.organization_id
cross join lateral (
    select greatest(
        expense.created_at,
        expense.updated_at,
        expense.deleted_at,
        (
            select greatest(max(payment.updated_at), max(payment.deleted_at))
            from {{ source('expense_payments') }} as payment
            where payment.expense_id = expense.id
        )
    ) as changed_at
) as own
where expense.organization_id = (select id from {{ ref('organization') }})
    and (:ids is null or expense.id::text = any(:ids))
    and (
        :changed_since is null
        or own.changed_at > :changed_since
        or (:ids is not null and greatest(vendor.updated_at, vendor.deleted_at) > :changed_since)
    )
