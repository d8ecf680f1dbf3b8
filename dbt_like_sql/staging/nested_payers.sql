{# Payers as they are nested in invoices and payments, so that a record includes the customer it needs, whatever its day. #}
select
    payer.kind,
    payer.source_id,
    json_build_object(
        'kind', payer.kind,
        'source_id', payer.source_id,
        'name', payer.name,
        'email', payer.email,
        'phone', payer.phone,
        'address', payer.address,
        'payers_with_same_email', payer.payers_with_same_email,
        'created_at', payer.created_at,
        'updated_at', payer.updated_at,
        'deleted_at', payer.deleted_at,
        'imported_link', payer.imported_link,
        'billing_address', payer.billing_address,
        'home', payer.home
    ) as payer
from {{ ref('payers') }} as payer
