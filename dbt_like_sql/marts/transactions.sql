{# QuickBooks' transactions as last seen. Grain: one transaction, including those that were deleted.
   record      the RentAxis record it is, or entity:id for one that is not linked
   party       Customer:id or Vendor:id
   marked_as   the record that our marker line in its memo names; a copy made by hand has the marker too
   is_asked    whether it is dated in the requested days, or belongs to a record of ours, whatever its date #}
select
    coalesce(pair.record, read.document) as record,
    pair.record is not null as is_linked,
    read.entity,
    read.quickbooks_id,
    read.number,
    read.day,
    read.due_day,
    read.party,
    read.total,
    read.balance,
    read.unapplied,
    read.changed_at,
    read.gone_at,
    read.marked_as,
    pair.record is not null or read.day between asked.first_day and coalesce(asked.asked_until, read.day) as is_asked
from {{ source('reports', 'read_documents') }} as read
cross join {{ source('reports', 'parameters') }} as asked
left join {{ ref('pairs') }} as pair on pair.entity = read.entity and pair.quickbooks_id = read.quickbooks_id
where read.side = 'quickbooks'
