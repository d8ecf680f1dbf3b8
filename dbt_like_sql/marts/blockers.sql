{# What keeps a month from being closed. Grain: one record.
   Records that differ, and invoices that agree but are open on only one side, for a reason of their own. #}
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
