{# What RentAxis holds and no run pushes automatically. Grain: kind and reason. Together with the records that a date range can include,
   this is everything in RentAxis: nothing is silent.
   first_day, last_day   of the records, by their own date; examples: largest amount first
   what_to_do            for a person; in some cases nothing #}
select
    kind,
    reason,
    kind_name,
    why,
    records,
    money,
    first_day,
    last_day,
    examples,
    what_to_do
from {{ source('reports', 'rentaxis_not_pushed') }}
