{# Settlements of security deposits, one row each. What of a deposit is kept is a credit: see given_credits. Read only where the company
   pushes settlements. #}
select
    settlement.settlement_date as day,
    settlement.organization_id::text as organization_id,
    settlement.id::text as source_id,
    'tenant' as payer_type,
    settlement.tenant_id::text as payer_id,
    payer.payer,
    settlement.deposit_held,
    settlement.deductions_total,
    settlement.refund_amount,
    settlement.settlement_date,
    settlement.method,
    paid_from.account as paid_from_account,
    account.account,
    settlement.status,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    settlement.updated_at,
    settlement.deleted_at,
    null::json as imported_link
from {{ ref('settled_deposits') }} as settlement
left join {{ ref('nested_payers') }} as payer on payer.kind = 'tenant' and payer.source_id = settlement.tenant_id::text
left join {{ ref('accounts') }} as account on account.id = settlement.account_id
left join {{ ref('accounts') }} as paid_from on paid_from.id = settlement.paid_from_account_id
left join {{ ref('places') }} as place on place.place_key = settlement.place_key
where (:source_id is null or settlement.id::text = :source_id)
    and (:ids is null or settlement.id::text = any(:ids))
    and (:first_day is null or settlement.settlement_date >= :first_day)
    and (:day_after_last is null or settlement.settlement_date < :day_after_last)
