{# Open receivables of a customer on both sides. Grain: party.
   not_due ... unapplied   RentAxis' side by age; quickbooks_not_due ... quickbooks_unapplied: QuickBooks' #}
select
    party,
    sum(documents)::bigint as documents,
    {% for side, before in (('rentaxis', ''), ('quickbooks', 'quickbooks_')) -%}
    coalesce(sum({{ side }}) filter (where bucket = 'current'), 0) as {{ before }}not_due,
    coalesce(sum({{ side }}) filter (where bucket = '1-30'), 0) as {{ before }}to_30_days,
    coalesce(sum({{ side }}) filter (where bucket = '31-60'), 0) as {{ before }}to_60_days,
    coalesce(sum({{ side }}) filter (where bucket = '61-90'), 0) as {{ before }}to_90_days,
    coalesce(sum({{ side }}) filter (where bucket = 'over 90'), 0) as {{ before }}over_90_days,
    coalesce(sum({{ side }}) filter (where bucket = 'unapplied payments'), 0) as {{ before }}unapplied,
    {% endfor -%}
    sum(rentaxis) as rentaxis,
    sum(quickbooks) as quickbooks,
    sum(difference) as difference
from {{ ref('open_receivables') }}
group by party
