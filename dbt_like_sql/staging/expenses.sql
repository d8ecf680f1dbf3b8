{# Expenses, one row each. A payable invoice for the same debt is named, so that the debt is never pushed twice.
   The vendor is the linked one, otherwise the free-text name. #}
with payments as (
    select
        payment.expense_id,
        json_agg(
            json_build_object(
                'source_id', payment.id::text,
                'paid_on', payment.paid_on,
                'amount', payment.amount::text,
                'method', payment.method::text,
                'account', account.account
            )
            order by payment.paid_on, payment.id
        ) filter (where payment.deleted_at is null) as payments,
        greatest(max(payment.updated_at), max(payment.deleted_at)) as updated_at
    from {{ source('expense_payments') }} as payment
    inner join {{ source('expenses') }} as expense
        on expense.id = payment.expense_id
        and expense.organization_id = (select id from {{ ref('organization') }})
        and (:source_id is null or expense.id::text = :source_id)
        and (:ids is null or expense.id::text = any(:ids))
        and (:first_day is null or expense.expense_date >= :first_day)
        and (:day_after_last is null or expense.expense_date < :day_after_last)
    left join {{ ref('accounts') }} as account on account.id = payment.paid_from_account_id
    group by payment.expense_id
)

select
    expense.expense_date as day,
    expense.organization_id::text as organization_id,
    expense.id::text as source_id,
    expense.expense_date,
    expense.due_date,
    expense.amount,
    case
        when vendor.vendor is not null then vendor.vendor
        when expense.vendor_id is not null or nullif(btrim(expense.vendor_name), '') is not null
            then json_build_object(
                'source_id', expense.vendor_id::text,
                'name', nullif(btrim(expense.vendor_name), ''),
                'email', null,
                'phone', null,
                'address', null,
                'terms', null,
                'billing_address', null
            )
    end as vendor,
    nullif(btrim(expense.description), '') as description,
    account.account,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    nullif(btrim(expense.custom_property_name), '') as custom_property_name,
    expense.status::text as status,
    expense.payment_method::text as payment_method,
    expense.paid_at,
    paid_from_account.account as paid_from_account,
    expense.payable_invoice_id::text as payable_invoice_id,
    nullif(btrim(payable_invoice.invoice_number), '') as payable_invoice_number,
    greatest(expense.created_at, expense.updated_at, expense.deleted_at, payments.updated_at) as updated_at,
    expense.deleted_at,
    link.imported_link,
    nullif(btrim(expense.terms), '') as terms,
    coalesce(payments.payments, '[]') as payments
from {{ source('expenses') }} as expense
left join payments on payments.expense_id = expense.id
left join {{ ref('vendors') }} as vendor on vendor.id = expense.vendor_id
left join {{ ref('accounts') }} as account on account.id = expense.account_id
left join {{ ref('accounts') }} as paid_from_account on paid_from_account.id = expense.paid_from_account_id
left join {{ ref('places') }} as place
    on place.place_key = coalesce('unit ' || expense.unit_id, 'property ' || expense.property_id)
left join {{ source('invoices') }} as payable_invoice
    on payable_invoice.id = expense.payable_invoice_id
    and payable_invoice.organization_id = expense.organization_id
left join {{ ref('imported_links') }} as link on link.entity_type = 'expense' and link.entity_id = expense.id
where expense.organization_id = (select id from {{ ref('organization') }})
    and (:source_id is null or expense.id::text = :source_id)
    and (:ids is null or expense.id::text = any(:ids))
    and (:first_day is null or expense.expense_date >= :first_day)
    and (:day_after_last is null or expense.expense_date < :day_after_last)
