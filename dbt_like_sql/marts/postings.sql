{# What all three sides post, in QuickBooks' terms. Grain: one side, record, kind and account; never zero.
   side      rentaxis (as it is now), written (as we last wrote it), quickbooks (as it is now)
   account   Item:id, Account:id, Other; RentAxis' own name for it if the company file maps it to nothing

   A class or location in QuickBooks counts only if we wrote one: an accountant may add others. In closed books it stays as we wrote it,
   whatever its property is called or mapped to now. #}
with closed as materialized (
    select written.document as record
    from {{ source('reports', 'read_documents') }} as written
    cross join {{ source('reports', 'parameters') }} as asked
    where written.side = 'written' and written.entity not in ('Payment', 'BillPayment') and written.day <= asked.closed_through
),

posted as (
    select posting.side, posting.record, posting.kind, posting.account, posting.amount
    from {{ ref('document_postings') }} as posting
    where posting.side = 'written'
        or posting.kind not in ('class', 'location')
        or exists (
            select from {{ ref('document_postings') }} as ours
            where ours.side = 'written' and ours.record = posting.record and ours.kind = posting.kind
        )
    union all
    select
        'rentaxis',
        line.record,
        line.kind,
        case
            when line.use = 'written' or (line.use is null and line.kind <> 'booked') then line.account_name
            else coalesce(
                answer.target,
                'RentAxis: ' || coalesce(concat_ws(' ', line.account_number, line.account_name), line.word, 'no account')
            )
        end,
        sum(line.amount)
    from {{ ref('rentaxis_lines') }} as line
    left join {{ source('reports', 'rentaxis_accounts') }} as answer on answer.account_key = line.account_key
    where line.kind not in ('class', 'location') or line.record not in (select record from closed)
    group by 2, 3, 4
    having sum(line.amount) <> 0
    union all
    select 'rentaxis', ours.record, ours.kind, ours.account, ours.amount
    from {{ ref('document_postings') }} as ours
    where ours.side = 'written' and ours.kind in ('class', 'location') and ours.record in (select record from closed)
),

paying_again as (
    {# Payments that pay the return of an earlier one in place of its invoice: there, all they are applied to is one sum. #}
    select distinct record from posted where side = 'written' and kind = 'applied' and account like 'Expense:%'
)

select side, record, kind,
    case when kind = 'applied' and record in (select record from paying_again) then 'debts' else account end as account,
    sum(amount) as amount
from posted
group by 1, 2, 3, 4
