{# Receipts of other days than the window's that pay one of its bills. Grain: one receipt. #}
select distinct receipt.receipt_no::text as source_id
from {{ source('billing', 'receipt_share') }} as share
inner join {{ source('billing', 'receipt') }} as receipt on receipt.receipt_no = share.receipt_no
inner join {{ source('billing', 'bill') }} as bill on bill.bill_no = share.bill_no
where receipt.landlord_no = (select id from {{ ref('organization') }})
    and bill.landlord_no = (select id from {{ ref('organization') }})
    and share.removed_on is null
    and receipt.removed_on is null
    and bill.issued >= :first_day
    and bill.issued < :day_after_last
    and (receipt.received < :first_day or receipt.received >= :day_after_last)
