{# What RentAxis holds and no run pushes by itself. Grain: kind and reason. Together with the records whose day a range holds it is all
   that RentAxis has: nothing is silent.
   first_day, last_day   of the records, by their own date; examples: dearest first
   what_to_do            for a person; some of it is nothing #}
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
