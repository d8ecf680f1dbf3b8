{# The three sides of every record side by side, and why RentAxis and QuickBooks differ where they do.
   Grain: one RentAxis record, or one QuickBooks transaction that belongs to none.
   strange_number   the number in QuickBooks of a transaction that belongs to no record of ours
   explanation   one of the codes of reports/explanations.py; "agrees" where day, party and bookings are equal
   reason        the row result's own sentence, if it is what explains the difference

   Comparing with what was written shows on which side something has changed since the push: if QuickBooks differs from it, it was
   edited there; if RentAxis differs from it, it was changed here, but only if RentAxis says so itself (its change is newer than
   the push) or the company file or a customer's link was changed. Anything else is unexplained. #}
with compared as (
    select
        sides.*,
        rentaxis_books is not distinct from quickbooks_books
            and (rentaxis_books is null or (rentaxis_day = quickbooks_day and rentaxis_party is not distinct from quickbooks_party))
            as agrees,
        written_books is not distinct from quickbooks_books
            and (written_books is null or (written_day = quickbooks_day and written_party is not distinct from quickbooks_party))
            as stands_as_written
    from {{ ref('sides') }} as sides
),

judged as (
    select
        compared.*,
        pair.entity,
        pair.quickbooks_id,
        pair.run_id,
        case
            when result.status = 'failed' then 'failed'
            when result.reason_code in {{ values('open') }} then 'waiting'
            when result.reason_code in {{ values('switched_off') }} then 'switched_off'
            when result.reason_code in {{ values('left_out') }} then result.reason_code
        end as result_says,
        result.reason_code,
        result.reason,
        result.how_to_fix,
        result.quickbooks_url,
        result.source_label,
        result.record_type as result_record_type,
        result.finished_at,
        record.changed_at,
        record.range_day,
        record.label,
        record.record_type,
        record.party_name,
        exists (
            select from {{ ref('rentaxis_records') }} as expense
            where expense.record = replace(compared.record, 'expense_replaced/', 'expense/')
                or expense.record = regexp_replace(compared.record, '^expense_part_payment/(.*)~[^~]*$', 'expense/\1')
        ) as expense_is_there,
        pair.record is not null as is_linked,
        not pair.is_written as never_written,
        pair.state,
        pair.pushed_at,
        pair.push_began,
        coalesce(compared.redated_from = compared.rentaxis_day, false) as booked_later,
        duplicate.why as duplicate_why,
        coalesce(duplicate.ours_is_pushed, false) as ours_is_pushed,
        twin.looks_like is not null as looks_typed,
        stranger.marked_as is not null as carries_marker,
        stranger.entity as strange_entity,
        stranger.number as strange_number,
        stranger.quickbooks_id as strange_id
    from compared
    left join {{ ref('rentaxis_records') }} as record on record.record = compared.record
    left join {{ ref('pairs') }} as pair on pair.record = compared.record
    left join {{ ref('last_results') }} as result on result.record = compared.record
    left join {{ ref('duplicates') }} as duplicate on duplicate.record = compared.record
    left join (select distinct looks_like from {{ ref('duplicates') }} where why <> 'marker') as twin
        on twin.looks_like = compared.record
    left join {{ ref('transactions') }} as stranger on stranger.record = compared.record and not stranger.is_linked
),

explained as (
    select
        judged.*,
        case
            when agrees then 'agrees'
            when not is_linked and in_rentaxis then coalesce(
                result_says,
                case when range_day < asked.first_reachable then 'before_first_day'
                     when range_day > asked.last_reachable then 'ahead_of_its_day'
                     when looks_typed then 'perhaps_there'
                     else 'not_pushed' end
            )
            when not is_linked and ours_is_pushed then 'duplicate'
            when not is_linked and duplicate_why = 'marker' then 'ours_to_be_linked'
            when not is_linked and duplicate_why is not null then 'looks_unpushed'
            when not is_linked and carries_marker then 'ours_without_link'
            when not is_linked then 'not_ours'
            when never_written then 'from_quickbooks'
            when not in_quickbooks or state = 'gone' then 'deleted_in_quickbooks'
            when not stands_as_written and quickbooks_books is null then 'voided_in_quickbooks'
            when not stands_as_written then 'edited_in_quickbooks'
            when not in_rentaxis and record like 'expense_replaced/%' and result_says is not null then result_says
            {# The expense's earlier QuickBooks transaction: the next run of its day replaces it. #}
            when not in_rentaxis and record like 'expense_replaced/%' and expense_is_there then 'changed_since_push'
            {# A payment that RentAxis no longer has, of an expense that it has: the next run of the expense's day voids it. #}
            when not in_rentaxis and record like 'expense_part_payment/%' and expense_is_there then coalesce(result_says, 'changed_since_push')
            when not in_rentaxis then 'gone_from_rentaxis'
            when finished_at > pushed_at and result_says is not null then result_says
            {# The money is booked on its date; only the part for an invoice that is not in QuickBooks yet is not applied. #}
            when reason_code in {{ values('in_part') }} and rentaxis_day = written_day and rentaxis_total = written_total
                and rentaxis_party is not distinct from written_party then result_says
            when booked_later and rentaxis_books = written_books and rentaxis_party is not distinct from written_party
                then 're_dated'
            when changed_at > push_began then 'changed_since_push'
            when rentaxis_day = written_day and rentaxis_total = written_total
                and rentaxis_party is distinct from written_party then 'party_changed'
            when rentaxis_day = written_day and rentaxis_total = written_total then 'mapping_changed'
            else 'unexplained'
        end as explanation
    from judged
    cross join {{ source('reports', 'parameters') }} as asked
)

select
    explained.record,
    coalesce(explained.record_type, result_record_type, known.record_type, 'expenses') as record_type,
    coalesce(
        label,
        source_label,
        strange_entity || ' ' || coalesce(strange_number, strange_id) || ' in QuickBooks',
        explained.entity || ' ' || explained.quickbooks_id || ' in QuickBooks'
    ) as label,
    coalesce(explained.entity, strange_entity) as entity,
    coalesce(explained.quickbooks_id, strange_id) as quickbooks_id,
    strange_number,
    coalesce(name.name, party_name) as party_name,
    in_rentaxis,
    in_quickbooks,
    rentaxis_day,
    range_day,
    written_day,
    quickbooks_day,
    rentaxis_total,
    written_total,
    quickbooks_total,
    rentaxis_total - quickbooks_total as difference,
    explanation,
    case when explanation = result_says then reason_code end as reason_code,
    case when explanation = result_says then reason end as reason,
    case when explanation = result_says then how_to_fix end as how_to_fix,
    quickbooks_url,
    run_id
from explained
left join {{ ref('names') }} as name on name.key = coalesce(quickbooks_party, rentaxis_party)
left join {{ source('reports', 'transaction_types') }} as known on known.entity = coalesce(explained.entity, strange_entity)
