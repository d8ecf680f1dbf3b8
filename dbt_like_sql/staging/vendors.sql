{# Vendors as they are nested in expenses. #}
select
    vendor.id,
    json_build_object(
        'source_id', vendor.id::text,
        'name', nullif(btrim(vendor.name), ''),
        'email', nullif(btrim(vendor.email), ''),
        'phone', nullif(btrim(vendor.phone), ''),
        'address', nullif(btrim(vendor.address), ''),
        'terms', nullif(btrim(vendor.terms), ''),
        'billing_address', case
            when num_nonnulls(vendor.mailing_street, vendor.mailing_city, vendor.mailing_state, vendor.mailing_zip) > 0
                then json_build_object(
                    'line1', vendor.mailing_street,
                    'line2', null,
                    'city', vendor.mailing_city,
                    'state', vendor.mailing_state,
                    'postal_code', vendor.mailing_zip,
                    'country', null
                )
        end
    ) as vendor
from {{ source('vendors') }} as vendor
where vendor.organization_id = (select id from {{ ref('organization') }})
