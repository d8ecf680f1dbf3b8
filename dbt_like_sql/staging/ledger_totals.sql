{# RentAxis' own general ledger, added up: what its posted journal entries debit and credit, by month, account and property. For the proof of
   profit and loss and balance sheet; nothing is pushed from it. A folder without this file has no such proof, and the report says so.
   posted_by   what posted the entry: invoice, payment, expense, or RentAxis' own word for another; empty for an entry typed by a person
   posted_record   the record that posted it, as results name it (journal_entry/7), where it is none of the many: for all but invoices,
               payments and expenses, and for payments that were taken back
   word        where a payment or an expense names no account of its own: its method, by which the company file maps it
   control     receivable or payable, of the accounts that RentAxis itself keeps for what is owed #}
with lines as (
    select
        date_trunc('month', entry.entry_date)::date as month,
        nullif(entry.source_type, 'manual') as posted_by,
        case
            when entry.source_type in ('invoice', 'expense') then null
            when entry.source_type = 'payment' and lower(btrim(payment.status::text)) not in {{ values('taken_back') }} then null
            when entry.source_type = 'credit' then 'credit/credit-' || entry.source_id
            when entry.source_type in {{ values('posted_by_records') }} then entry.source_type || '/' || entry.source_id
            else 'journal_entry/' || entry.id
        end as posted_record,
        case account.subtype when 'accounts_receivable' then 'receivable' when 'accounts_payable' then 'payable' end as control,
        case
            when account.subtype in ('accounts_receivable', 'accounts_payable') then null
            when entry.source_type = 'payment' and payment.deposit_account_id is null then payment.method::text
            when entry.source_type = 'expense' and expense.paid_from_account_id is null and line.credit > 0 then expense.payment_method::text
        end as word,
        line.account_id,
        line.property_id,
        line.debit,
        line.credit
    from {{ source('journal_entries') }} as entry
    inner join {{ source('journal_entry_lines') }} as line on line.journal_entry_id = entry.id
    inner join {{ source('accounts') }} as account on account.id = line.account_id
    left join {{ source('payments') }} as payment on entry.source_type = 'payment' and payment.id = entry.source_id
    left join {{ source('expenses') }} as expense on entry.source_type = 'expense' and expense.id = entry.source_id
    where entry.organization_id = (select id from {{ ref('organization') }})
        and entry.deleted_at is null and entry.status not in {{ values('not_owed') }}
        and (:first_day is null or entry.entry_date >= :first_day)
        and (:day_after_last is null or entry.entry_date < :day_after_last)
),

totals as (
    select month, posted_by, posted_record, control, word, account_id, property_id, sum(debit) as debit, sum(credit) as credit
    from lines
    group by month, posted_by, posted_record, control, word, account_id, property_id
)

select
    totals.month,
    (select id from {{ ref('organization') }})::text as organization_id,
    totals.posted_by,
    totals.posted_record,
    totals.word,
    totals.control,
    account.account,
    place.place,
    totals.debit::numeric(20, 2) as debit,
    totals.credit::numeric(20, 2) as credit
from totals
inner join {{ ref('accounts') }} as account on account.id = totals.account_id
left join {{ ref('places') }} as place on place.place_key = 'property ' || totals.property_id
