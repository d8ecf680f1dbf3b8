{# What rentaxis-sync source check compares credits.sql with: the tables themselves, with nothing joined but the invoice of a waived fee. #}
select count(*) as rows, sum(given.amount) as money
from (
    select -invoice.total_amount as amount
    from {{ source('invoices') }} as invoice
    where invoice.organization_id::text = :organization_id and invoice.type = 'receivable' and invoice.total_amount < 0
    {% if has('late_fee_assessments') %}
    union all
    select fee.amount
    from {{ source('late_fee_assessments') }} as fee
    inner join {{ source('invoices') }} as invoice on invoice.id = fee.fee_invoice_id
    where fee.organization_id::text = :organization_id and fee.status = 'waived'
        and invoice.deleted_at is null and invoice.status <> 'void'
    {% endif %}
    {% if has('credits') %}
    union all
    select credit.total_amount from {{ source('credits') }} as credit where credit.organization_id::text = :organization_id
    {% endif %}
    {% if has('deposit_settlements') %}
    union all
    select settlement.deposit_held - settlement.refund_amount
    from {{ source('deposit_settlements') }} as settlement
    inner join {{ source('leases') }} as lease on lease.id = settlement.lease_id
    where lease.organization_id::text = :organization_id
        and (
            settlement.deposit_held <> settlement.refund_amount or settlement.deductions_total <> 0
            {% if has('deposit_deductions') %}
            or exists (select from {{ source('deposit_deductions') }} as deduction where deduction.settlement_id = settlement.id)
            {% endif %}
        )
    {% endif %}
) as given
