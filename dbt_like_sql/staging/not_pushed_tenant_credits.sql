{# Credits without a valid payment. The credit of an overpayment is the unapplied part of its payment, which is pushed. #}
select
    'tenant_credits' as kind,
    'never_pushed' as reason,
    'tenant_credit' as source_type,
    credit.id::text as source_id,
    'Credit ' || credit.id || coalesce(' of ' || tenant.name, ' of ' || program.name, '') as label,
    (credit.created_at at time zone :timezone)::date as day,
    credit.amount
from {{ source('tenant_credits') }} as credit
left join {{ source('tenants') }} as tenant on tenant.id = credit.tenant_id
left join {{ source('programs') }} as program on program.id = credit.program_id
where credit.organization_id = (select id from {{ ref('organization') }}) and credit.deleted_at is null
    and not exists (
        select from {{ source('payments') }} as payment
        where payment.id = credit.source_payment_id and payment.deleted_at is null
            and coalesce(payment.status::text, '') not in {{ values('taken_back') }}
    )
