"""The transactions: what a write keeps of the old one, and which rules complete the new one.

A builder gets the fields after merging and the stored object (None on create), and completes the fields with
what QuickBooks computes. It raises Refusal for what QuickBooks refuses.
"""

from collections.abc import Callable

from quickbooks_emulator import currencies
from quickbooks_emulator.company import COMPUTED, SALES, Company, Sent
from quickbooks_emulator.moving import build_bill_payment, build_deposit, build_journal, build_payment
from quickbooks_emulator.sales import build_sale
from quickbooks_emulator.spending import build_bill, build_purchase
from quickbooks_emulator.store import Record

# Computed; what a client sends back is ignored (documented full-update samples).
_COMPUTED = COMPUTED | {
    "TotalAmt",
    "HomeTotalAmt",
    "Balance",
    "HomeBalance",
    "UnappliedAmt",
    "RemainingCredit",
    "LinkedTxn",
    "InvoiceLink",
    "RecurDataRef",
    "DeliveryInfo",
    "TaxExemptionRef",
    "AttachableRef",
    "Tag",
}


# Kept when a full update leaves them out (measured on production, field note).
_REDERIVED = (
    "CurrencyRef",
    "APAccountRef",
    "PrintStatus",
    "EmailStatus",
    "ApplyTaxAfterDiscount",
    "CustomField",
)


_TOTAL_IS_GIVEN = ("Payment", "BillPayment")


def build(company: Company, entity: str, sent: Sent) -> Record:
    """The whole new transaction without Id, SyncToken and MetaData."""
    fields = _merged(entity, sent)
    currencies.check_sent(company, fields)
    _BUILDERS[entity](company, entity, fields, sent.old)
    currencies.complete(company, entity, fields)
    return fields


def _merged(entity: str, sent: Sent) -> Record:
    if entity not in _TOTAL_IS_GIVEN:
        fields = sent.merged(_COMPUTED)
    else:
        fields = sent.merged(_COMPUTED - {"TotalAmt"})
    if sent.old is not None and not sent.sparse:
        return {**{key: sent.old[key] for key in _REDERIVED if key in sent.old}, **fields}
    return fields


Builder = Callable[[Company, str, Record, Record | None], None]


_BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(SALES, build_sale),
    "Bill": build_bill,
    "VendorCredit": build_bill,
    "Purchase": build_purchase,
    "Payment": build_payment,
    "BillPayment": build_bill_payment,
    "Deposit": build_deposit,
    "JournalEntry": build_journal,
}
