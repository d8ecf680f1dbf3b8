"""The recorded seed: a landscaper's sandbox company as it was before the recorded calls of 2020-09-29.

Customers, vendors, employees and one account are the recorded ones, with their Ids, balances and stamps. The
recordings show no other lists; those here are made up in the manner of Intuit's sample company, so that its
accounts, items, terms and a few transactions can be named by the Ids that public test suites use. Their
amounts tie to nobody's balance.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickbooks_emulator import writes
from quickbooks_emulator.company import Company, Profile
from quickbooks_emulator.seeds.demo import set_up

_FILE = Path(__file__).with_name("recorded.json")
_FOUNDED = datetime(2015, 10, 1, 21, 0, tzinfo=UTC)

# (Id, Name, AccountType, AccountSubType)
_ACCOUNTS = (
    ("1", "Services", "Income", "ServiceFeeIncome"),
    ("2", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("3", "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("7", "Advertising", "Expense", "AdvertisingPromotional"),
    ("8", "Bank Charges", "Expense", "BankCharges"),
    ("9", "Commissions & fees", "Expense", "OtherMiscellaneousServiceCost"),
    ("11", "Insurance", "Expense", "Insurance"),
    ("12", "Legal & Professional Fees", "Expense", "LegalProfessionalFees"),
    ("13", "Meals and Entertainment", "Expense", "EntertainmentMeals"),
    ("15", "Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("17", "Rent or Lease", "Expense", "RentOrLeaseOfBuildings"),
    ("22", "Travel", "Expense", "Travel"),
    ("24", "Utilities", "Expense", "Utilities"),
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("34", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("35", "Checking", "Bank", "Checking"),
    ("36", "Savings", "Bank", "Savings"),
    ("37", "Truck", "Fixed Asset", "Vehicles"),
    ("41", "Mastercard", "Credit Card", "CreditCard"),
    ("42", "Visa", "Credit Card", "CreditCard"),
    ("43", "Loan Payable", "Other Current Liability", "OtherCurrentLiabilities"),
    ("44", "Notes Payable", "Long Term Liability", "OtherLongTermLiabilities"),
    ("45", "Landscaping Services", "Income", "OtherPrimaryIncome"),
    ("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("81", "Inventory Asset", "Other Current Asset", "Inventory"),
    ("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("90", "Board of Equalization Payable", "Other Current Liability", "SalesTaxPayable"),
)
_SERVICES = (("1", "Services"), ("2", "Hours"), ("3", "Concrete"), ("4", "Design"), ("6", "Gardening"))
_GOODS = (("5", "Rock Fountain", 275), ("11", "Pump", 15))
_METHODS = (
    ("Cash", "NON_CREDIT_CARD"), ("Check", "NON_CREDIT_CARD"), ("Visa", "CREDIT_CARD"), ("MasterCard",
    "CREDIT_CARD"),
    ("Discover", "CREDIT_CARD"), ("American Express", "CREDIT_CARD"), ("Diners Club", "CREDIT_CARD"),
)  # fmt: skip
_TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60), ("Net 10", 10))
_PAID = 6  # invoices with payments


def profile(realm: str) -> Profile:
    return Profile(
        realm=realm,
        user="Christian Pelczarski",  # as in the recorded 5010
        customer_taxable=True,
        customer_tax_code="2",
        custom_fields=[{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType"}],
    )


def fill(company: Company, recorded: dict[str, Any]) -> None:
    """`recorded` is the decoded content of the data file (see read)."""
    clock = company.clock
    clock.set(_FOUNDED, frozen=True)
    set_up(company, "Sandbox Company_US_1", custom_numbers=False)
    for identifier, name, kind, subtype in _ACCOUNTS:
        _put(company, "Account", identifier, {"Name": name, "AccountType": kind, "AccountSubType": subtype})
    for identifier, name in _SERVICES:
        _put(
            company, "Item", identifier, {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}}
        )
    for identifier, name, price in _GOODS:
        goods = {
            "Name": name, "Type": "Inventory", "UnitPrice": price, "TrackQtyOnHand": True, "QtyOnHand": 25,
            "InvStartDate": "2015-10-01", "IncomeAccountRef": {"value": "79"},
            "ExpenseAccountRef": {"value": "80"}, "AssetAccountRef": {"value": "81"},
        }  # fmt: skip
        _put(company, "Item", identifier, goods)
    for number, (name, kind) in enumerate(_METHODS, start=1):
        _put(company, "PaymentMethod", str(number), {"Name": name, "Type": kind})
    for number, (name, days) in enumerate(_TERMS, start=1):
        _put(company, "Term", str(number), {"Name": name, "DueDays": days})
    _tax_codes(company)
    _objects(company, recorded)
    _transactions(company)
    _objects(company, recorded)  # the transactions moved balances; the recorded ones stand
    company.store.put("Account", recorded["Account"][0])
    company.counters.update(names=69, transactions=265, numbers=1042, address=200, Account=93, Item=18)
    clock.offset, clock.frozen = 0.0, None


def read() -> bytes:
    return _FILE.read_bytes()


def _put(company: Company, entity: str, identifier: str, payload: dict[str, Any]) -> None:
    company.counters[entity] = int(identifier) - 1
    writes.save(company, entity, payload)


def _objects(company: Company, recorded: dict[str, Any]) -> None:
    for entity in ("Customer", "Vendor", "Employee"):
        for record in recorded[entity]:
            company.store.put(entity, record)


def _tax_codes(company: Company) -> None:
    # Pseudo codes carry no SyncToken, Active, domain or sparse (reference); the real ones do.
    stamp = company.metadata()
    for name, taxable in (("TAX", True), ("NON", False), ("CustomSalesTax", True)):
        company.store.put("TaxCode", {"Id": name, "Name": name, "Taxable": taxable, "MetaData": stamp})
    real = {
        "Id": "2", "Name": "California", "Description": "California", "Active": True, "Hidden": False,
        "Taxable": True,
        "TaxGroup": True, "SyncToken": "0", "domain": "QBO", "sparse": False, "MetaData": stamp,
        "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "3"},
        "TaxTypeApplicable": "TaxOnAmount"}]},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }  # fmt: skip
    company.store.put("TaxCode", real)
    rate = {
        "Id": "3", "Name": "California", "Description": "Sales Tax", "Active": True, "RateValue": 8,
        "AgencyRef": {"value": "1"}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly", "SyncToken": "0",
        "domain": "QBO", "sparse": False, "MetaData": stamp,
    }  # fmt: skip
    company.store.put("TaxRate", rate)


def _transactions(company: Company) -> None:
    for number in range(1, _PAID + 1):
        customer = {"value": str(number)}
        detail = {"ItemRef": {"value": "1"}}
        line = {"Amount": 50 * number, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        invoice, _ = writes.save(company, "Invoice", {"CustomerRef": customer, "Line": [line]})
        link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
        paid = {"Amount": 50 * number, "LinkedTxn": [link]}
        writes.save(company, "Payment", {"CustomerRef": customer, "TotalAmt": 50 * number, "Line": [paid]})
        writes.save(company, "SalesReceipt", {"CustomerRef": customer, "Line": [line]})
        writes.save(company, "Estimate", {"CustomerRef": customer, "Line": [line]})
