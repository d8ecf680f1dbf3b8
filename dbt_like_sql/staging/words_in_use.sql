{# The terms in RentAxis' records that the company file must map, with the number and money of the records. Grain: one use,
   word and account. Records that would not be pushed (draft, void, deleted, imported) do not count.
   use    charge (word: the invoice's kind, if the line names no account), deposited, category, paid_purchase, paid_bill (word: the
          method), journal, account (every account there is, whether or not anything is booked to it: rows 0), place (a property or unit);
          credit (word: its kind, if the line names no account), refunded, settled (word: the method), banked, deposit_line,
          processor_fee, return_fee: of records that only some companies push (words_of_optional_types) #}
with imported as (
    select entity_type, entity_id
    from {{ ref('imported_links') }}
    where lower(btrim(imported_link ->> 'origin')) = 'imported'
),

billed as (
    select invoice.*
    from {{ source('invoices') }} as invoice
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and lower(btrim(invoice.type::text)) = 'receivable'
        and invoice.deleted_at is null
        and lower(btrim(invoice.status::text)) not in {{ values('invoices_posting_nothing') }}
        and (:first_day is null or invoice.invoice_date >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'invoice' and imported.entity_id = invoice.id
        )
),

charges as (
    select
        case when line.account_id is null then invoice.kind::text end as word,
        line.account_id,
        invoice.id,
        line.amount
    from billed as invoice
    inner join {{ source('invoice_lines') }} as line on line.invoice_id = invoice.id and line.deleted_at is null
),

received as (
    select payment.method::text as word, payment.deposit_account_id as account_id, payment.id, payment.amount
    from {{ source('payments') }} as payment
    where payment.organization_id = (select id from {{ ref('organization') }})
        and payment.deleted_at is null
        and lower(btrim(payment.status::text)) in {{ values('completed') }}
        and (:first_day is null or payment.payment_date >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'payment' and imported.entity_id = payment.id
        )
),

spent as (
    select
        expense.*,
        exists (
            select from {{ source('expense_payments') }} as payment
            where payment.expense_id = expense.id and payment.deleted_at is null
        ) as has_payments,
        coalesce(expense.paid_at, expense.expense_date) <> expense.expense_date
        and (expense.vendor_id is not null or nullif(btrim(expense.vendor_name), '') is not null) as is_bill
    from {{ source('expenses') }} as expense
    where expense.organization_id = (select id from {{ ref('organization') }})
        and expense.deleted_at is null
        and lower(btrim(expense.status::text)) in {{ values('expenses_posted') }}
        and (:first_day is null or coalesce(expense.paid_at, expense.expense_date) >= :first_day)
        and not exists (
            select from imported where imported.entity_type = 'expense' and imported.entity_id = expense.id
        )
),

entered as (
    select line.account_id, entry.id, line.debit + line.credit as amount
    from {{ source('journal_entries') }} as entry
    inner join {{ source('journal_entry_lines') }} as line on line.journal_entry_id = entry.id
    where entry.organization_id = (select id from {{ ref('organization') }})
        and entry.deleted_at is null
        and lower(btrim(entry.status::text)) in ('posted', 'reversed')
        and (:first_day is null or entry.entry_date >= :first_day)
        and coalesce(lower(btrim(entry.source_type)), 'manual') not in {{ values('posted_by_records') }}
        and not exists (
            select from {{ source('bank_transactions') }} as line
            where line.journal_entry_id = entry.id and line.status = 'categorized' and line.deleted_at is null
        )
),

placed as (
    select
        coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id) as place_key,
        invoice.total_amount as amount
    from billed as invoice
    left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
    union all
    select coalesce('unit ' || unit_id, 'property ' || property_id), amount from spent
),

said as (
    select 'charge' as use, word, account_id, id::text as id, amount from charges
    union all
    select 'deposited', word, account_id, id::text, amount from received
    union all
    select 'category', null, account_id, id::text, amount from spent
    union all
    select 'journal', null, account_id, id::text, amount from entered
    union all
    select use, word, account_id, id, amount from {{ ref('words_of_optional_types') }}
    union all
    select
        case when is_bill then 'paid_bill' else 'paid_purchase' end,
        payment_method::text,
        paid_from_account_id,
        id::text,
        amount
    from spent
    where lower(btrim(status::text)) in {{ values('paid') }} and not has_payments
    union all
    select 'paid_bill', payment.method::text, payment.paid_from_account_id, spent.id::text, payment.amount
    from spent
    inner join {{ source('expense_payments') }} as payment on payment.expense_id = spent.id and payment.deleted_at is null
)

select
    said.use,
    said.word,
    account.account::jsonb as account,
    null::jsonb as place,
    count(distinct said.id) as rows,
    coalesce(sum(said.amount), 0)::numeric(20, 2) as money
from said
left join {{ ref('accounts') }} as account on account.id = said.account_id
group by said.use, said.word, account.account::jsonb
union all
select 'account', null, account.account::jsonb, null, 0, 0::numeric(20, 2)
from {{ ref('accounts') }} as account
union all
select 'place', null, null, place.place::jsonb, count(*), coalesce(sum(placed.amount), 0)::numeric(20, 2)
from placed
inner join {{ ref('places') }} as place on place.place_key = placed.place_key
group by place.place::jsonb
