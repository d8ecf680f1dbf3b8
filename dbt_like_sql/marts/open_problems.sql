{# What needs a person; problems with the same fix are grouped together. Grain: cause and remedy.
   roots      records to fix; records: all that clear with them, including those that only wait
   amount     money of all of them; age_days: of the oldest, since its own date
   example    one of the records to fix, and why it was not pushed #}
select
    problem.cause,
    problem.remedy,
    count(distinct problem.root) as roots,
    count(*) as records,
    sum(abs(problem.amount)) as amount,
    min(problem.day) as oldest_day,
    max(asked.today) - min(problem.day) as age_days,
    (array_agg(problem.root_label order by abs(problem.amount) desc, problem.record))[1] as example,
    (array_agg(problem.reason order by abs(problem.amount) desc, problem.record))[1] as example_reason
from {{ ref('problem_roots') }} as problem
cross join {{ source('reports', 'parameters') }} as asked
group by problem.cause, problem.remedy
