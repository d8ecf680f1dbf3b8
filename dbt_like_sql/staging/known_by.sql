{# Records by what people call them. Grain: one record. Those of one type (:source_type) whose id, number, name or e-mail is
   :known_by, ignoring case, and those with these ids. known_by lists what each is called other than its id.
   A vendor that is only a name on expenses has no id. #}
with everyone as (
    select
        payer.kind as source_type,
        payer.source_id,
        array[payer.name, payer.email] as known_by,
        payer.name as label,
        null::numeric as amount,
        payer.day
    from {{ ref('payers') }} as payer
    where payer.kind = :source_type
    union all
    select
        'vendor' as source_type,
        vendor.id::text as source_id,
        array[vendor.name, vendor.email] as known_by,
        vendor.name as label,
        null::numeric as amount,
        (vendor.created_at at time zone :timezone)::date as day
    from {{ source('vendors') }} as vendor
    where :source_type = 'vendor' and vendor.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        'vendor' as source_type,
        null as source_id,
        array[expense.vendor_name] as known_by,
        expense.vendor_name as label,
        null::numeric as amount,
        min(expense.expense_date) as day
    from {{ source('expenses') }} as expense
    where :source_type = 'vendor'
        and expense.vendor_id is null
        and nullif(btrim(expense.vendor_name), '') is not null
        and expense.organization_id = (select id from {{ ref('organization') }})
    group by expense.vendor_name
    union all
    select
        'invoice' as source_type,
        invoice.id::text as source_id,
        array[invoice.invoice_number] as known_by,
        invoice.invoice_number as label,
        invoice.total_amount as amount,
        invoice.invoice_date as day
    from {{ source('invoices') }} as invoice
    where :source_type = 'invoice'
        and lower(btrim(invoice.type::text)) is distinct from 'payable'
        and invoice.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        'payment' as source_type,
        payment.id::text as source_id,
        array[payment.payment_number] as known_by,
        payment.payment_number as label,
        payment.amount,
        payment.payment_date as day
    from {{ source('payments') }} as payment
    where :source_type = 'payment' and payment.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        kind.source_type,
        credit.source_id,
        array[credit.credit_number] as known_by,
        credit.credit_number as label,
        credit.total_amount as amount,
        credit.credit_date as day
    from {{ ref('given_credits') }} as credit
    cross join (values ('credit'), ('credit_application')) as kind (source_type)
    where :source_type = kind.source_type
    union all
    select
        'refund' as source_type,
        refund.id::text as source_id,
        array[payment.payment_number] as known_by,
        'Refund of ' || payment.payment_number as label,
        refund.amount,
        refund.refund_date as day
    from {{ source('payment_refunds') }} as refund
    inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
    where :source_type = 'refund' and payment.organization_id = (select id from {{ ref('organization') }})
    {% if has('bank_deposits') %}
    union all
    select
        'deposit' as source_type,
        deposit.id::text as source_id,
        array[deposit.reference] as known_by,
        coalesce(deposit.reference, deposit.id::text) as label,
        deposit.total as amount,
        deposit.deposit_date as day
    from {{ source('bank_deposits') }} as deposit
    where :source_type = 'deposit' and deposit.organization_id = (select id from {{ ref('organization') }})
    {% endif %}
    {% if has('deposit_settlements') %}
    union all
    select
        'deposit_settlement' as source_type,
        settlement.id::text as source_id,
        array[tenant.name] as known_by,
        'Deposit of ' || tenant.name as label,
        settlement.refund_amount as amount,
        settlement.settlement_date as day
    from {{ ref('settled_deposits') }} as settlement
    left join {{ source('tenants') }} as tenant on tenant.id = settlement.tenant_id
    where :source_type = 'deposit_settlement'
    {% endif %}
    union all
    select
        'expense' as source_type,
        expense.id::text as source_id,
        array[payable_invoice.invoice_number] as known_by,
        coalesce(vendor.name, expense.vendor_name) as label,
        expense.amount,
        expense.expense_date as day
    from {{ source('expenses') }} as expense
    left join {{ source('vendors') }} as vendor on vendor.id = expense.vendor_id
    left join {{ source('invoices') }} as payable_invoice
        on payable_invoice.id = expense.payable_invoice_id
        and payable_invoice.organization_id = expense.organization_id
    where :source_type = 'expense' and expense.organization_id = (select id from {{ ref('organization') }})
    union all
    select
        'journal_entry' as source_type,
        entry.id::text as source_id,
        array[entry.description] as known_by,
        entry.description as label,
        (select sum(line.debit) from {{ source('journal_entry_lines') }} as line where line.journal_entry_id = entry.id) as amount,
        entry.entry_date as day
    from {{ source('journal_entries') }} as entry
    where :source_type = 'journal_entry' and entry.organization_id = (select id from {{ ref('organization') }})
        and coalesce(lower(btrim(entry.source_type)), 'manual') not in {{ values('posted_by_records') }}
    union all
    select
        'paper' as source_type,
        paper.id::text as source_id,
        array[paper.file_name] as known_by,
        paper.file_name as label,
        null::numeric as amount,
        paper.day
    from {{ ref('dated_papers') }} as paper
    where :source_type = 'paper'
)

select
    everyone.source_type,
    everyone.source_id,
    array(select each from unnest(everyone.known_by) as each where nullif(btrim(each), '') is not null) as known_by,
    nullif(btrim(everyone.label), '') as label,
    everyone.amount::numeric(20, 2) as amount,
    everyone.day
from everyone
where everyone.source_id = any(:ids)
    or lower(everyone.source_id) = lower(:known_by)
    or exists (
        select
        from unnest(everyone.known_by) as each
        where lower(btrim(regexp_replace(each, '\s+', ' ', 'g'))) = lower(:known_by)
    )
