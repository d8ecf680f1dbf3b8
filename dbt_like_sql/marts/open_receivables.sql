{# Open receivables on both sides. Grain: party, age bucket and explanation. #}
select
    party,
    bucket,
    explanation,
    count(*) as documents,
    sum(rentaxis) as rentaxis,
    sum(quickbooks) as quickbooks,
    sum(difference) as difference
from {{ ref('receivables') }}
group by party, bucket, explanation
