{# All three sides booked in QuickBooks' words. Grain: one side, record, kind and account; never zero.
   side      rentaxis (as it is now), written (as we last wrote it), quickbooks (as it is now)
   account   Item:id, Account:id, Other; where the company file has no answer, RentAxis' own name of it

   A class or location in QuickBooks counts only where we wrote one: an accountant may add his own. #}
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
        when line.use is null and line.kind <> 'booked' then line.account_name
        else coalesce(
            answer.target,
            'RentAxis: ' || coalesce(concat_ws(' ', line.account_number, line.account_name), line.word, 'no account')
        )
    end,
    sum(line.amount)
from {{ ref('rentaxis_lines') }} as line
left join {{ source('reports', 'rentaxis_accounts') }} as answer on answer.account_key = line.account_key
group by 2, 3, 4
having sum(line.amount) <> 0
