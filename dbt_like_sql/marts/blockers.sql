{# What keeps a month from being closed. Grain: one record.
   Records that differ, invoices that agree but are open on only one side, for a reason of their own, and what took a security deposit out
   of its account in another way. #}
select record, record_type, label, party_name as party, month, explanation, meaning, remedy, at_stake,
    coalesce(rentaxis_day, quickbooks_day, written_day) as day
from {{ ref('differences') }}
where blocks_close
union all
select open.record, open.record_type, open.label, open.party, date_trunc('month', record.rentaxis_day)::date,
    open.explanation, code.meaning, code.how_to_fix, abs(open.difference), record.rentaxis_day
from {{ ref('receivables') }} as open
inner join {{ ref('records') }} as record on record.record = open.record and record.explanation = 'agrees'
inner join {{ source('reports', 'explanations') }} as code on code.code = open.explanation
where open.explanation in ('settled_without_payment', 'open_although_paid', 'unexplained')
union all
select record.record, record.record_type, record.label, coalesce(min(held.party_name), record.party_name, '(none)'),
    date_trunc('month', coalesce(record.quickbooks_day, record.rentaxis_day))::date, code.code, code.meaning, code.how_to_fix, sum(abs(held.difference)), coalesce(record.quickbooks_day, record.rentaxis_day)
from {{ ref('held_records') }} as held
inner join {{ ref('records') }} as record on record.record = held.record
inner join {{ source('reports', 'explanations') }} as code on code.code = held.explanation
where held.explanation in ('deposit_left_otherwise', 'unexplained') and record.explanation in ('agrees', 'not_ours')
    and not exists (
        select from {{ ref('receivables') }} as open
        where open.record = record.record and open.explanation in ('settled_without_payment', 'open_although_paid', 'unexplained')
    )
group by record.record, record.record_type, record.label, record.party_name, record.quickbooks_day, record.rentaxis_day, code.code, code.meaning, code.how_to_fix
