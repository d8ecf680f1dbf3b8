"""The demo seed: a US property manager's company with the lists that RentAxis records are mapped to."""

from collections.abc import Sequence
from typing import Any

from quickbooks_emulator import writes
from quickbooks_emulator.company import OWN_NUMBERS_OF_VENDOR_SIDE, Company
from quickbooks_emulator.seeds.demo_customers import CUSTOMERS, VENDORS
from quickbooks_emulator.store import Record

# (Name, AccountType, AccountSubType)
ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Stripe Clearing", "Other Current Asset", "OtherCurrentAssets"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Corporate Card", "Credit Card", "CreditCard"),
    ("Security Deposits Held", "Other Current Liability", "OtherCurrentLiabilities"),
    *(
        (name, "Income", "ServiceFeeIncome")
        for name in (
            "Rental Income", "Late Fee Income", "Parking Income", "Utility Reimbursement", "Laundry Income",
            "Pet Fee Income", "Other Income",
        )
    ),
    *(
        (name, "Expense", subtype)
        for name, subtype in (
            ("Repairs", "RepairMaintenance"), ("Utilities", "Utilities"), ("Insurance", "Insurance"),
            ("Landscaping", "RepairMaintenance"), ("Cleaning", "RepairMaintenance"),
            ("Management Supplies", "OfficeGeneralAdministrativeExpenses"), ("Property Tax", "TaxesPaid"),
            ("Other Expenses", "OtherMiscellaneousServiceCost"),
        )
    ),
)  # fmt: skip

# (Name, income account)
ITEMS = (
    ("Rent", "Rental Income"), ("Subsidy Rent", "Rental Income"), ("Late Fee", "Late Fee Income"),
    ("Parking", "Parking Income"), ("Utilities Reimbursement", "Utility Reimbursement"),
    ("Pet Fee", "Pet Fee Income"), ("Security Deposit", "Security Deposits Held"), ("Laundry",
    "Laundry Income"),
    ("Other Charge", "Other Income"),
)  # fmt: skip
# Those of a company that keeps its whole books here; made last, so that ids of what is above stay as they are.
LATER_ACCOUNTS = (("Bad Debt", "Expense", "BadDebts"), ("Owner Distributions", "Equity", "OwnersEquity"))
LATER_ITEMS = (("Concession", "Rental Income"), ("Bad Debt", "Bad Debt"))
METHODS = (
    "Cash", "Check", "Bank Transfer", "Money Order", "Zelle", "Venmo", "Credit Card", "ACH", "Stripe",
    "Other",
)  # fmt: skip
TERMS = (("Due on receipt", 0), ("Net 10", 10), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
CLASSES = ("Residential", "Commercial")
DEPARTMENTS = ("Maple Court", "Harbor Street")


def put(company: Company, entity: str, payload: dict[str, Any]) -> Record:
    return writes.save(company, entity, payload)[0]


def preferences(custom_numbers: bool) -> Record:
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False, "TrackDepartments": True, "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True, "FirstMonthOfFiscalYear": "January", "TaxYearMonth": "January",
            "TaxForm": "1040", "CustomerTerminology": "Customers", "DepartmentTerminology": "Location",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True, "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomField": [], "CustomTxnNumbers": custom_numbers, "AllowDeposit": True,
            "AllowDiscount": True,
            "AllowEstimates": True, "ETransactionEnabledStatus": "NotApplicable",
            "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False, "IPNSupportEnabled": False, "AllowServiceDate": False,
            "AllowShipping": False, "DefaultTerms": {"value": "4"}, "AutoApplyCredit": False,
            "AutoApplyPayments": False, "UsingPriceLevels": False, "DefaultCustomerMessage": "",
        },
        "EmailMessagesPrefs": {
            name: {"Subject": name.removesuffix("Message"), "Message": "Thank you for your business."}
            for name in ("InvoiceMessage", "EstimateMessage", "SalesReceiptMessage", "StatementMessage")
        },
        "VendorAndPurchasesPrefs": {
            "TrackingByCustomer": True, "BillableExpenseTracking": True, "POCustomField": [],
        },
        "TimeTrackingPrefs": {
            "UseServices": True, "BillCustomers": True, "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": {"UsingSalesTax": False},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [
            {"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": ""},
            {"Name": OWN_NUMBERS_OF_VENDOR_SIDE, "Value": "true" if custom_numbers else "false"},
        ]},
    }  # fmt: skip


def set_up(company: Company, name: str, custom_numbers: bool = True) -> None:
    """Company data and preferences only."""
    base = {"domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": company.metadata()}
    address = {
        "Id": "1", "Line1": "200 Elm Street", "City": "Springfield", "Country": "USA",
        "CountrySubDivisionCode": "IL", "PostalCode": "62701",
    }  # fmt: skip
    info = {
        "CompanyName": name,
        "LegalName": name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationEmailAddr": {"Address": "books@example.com"},
        "PrimaryPhone": {},
        "CompanyStartDate": company.clock.today(),
        "FiscalYearStartMonth": "January",
        "Country": "US",
        "Email": {"Address": "books@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Property Management"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "AccountantFeature", "Value": "false"},
        ],
    }
    company.store.put("CompanyInfo", {**info, **base, "Id": "1"})
    company.store.put("Preferences", {**preferences(custom_numbers), **base, "Id": "1"})


def fill(company: Company) -> None:
    set_up(company, "Maple Court Property Management")
    _accounts_and_items(company, ACCOUNTS, ITEMS)
    for name in METHODS:
        put(company, "PaymentMethod", {"Name": name})
    for name, days in TERMS:
        put(company, "Term", {"Name": name, "DueDays": days})
    for name in CLASSES:
        put(company, "Class", {"Name": name})
    for name in DEPARTMENTS:
        put(company, "Department", {"Name": name})
    for name in ("TAX", "NON"):
        stamp = company.metadata()
        company.store.put("TaxCode", {"Id": name, "Name": name, "Taxable": name == "TAX", "MetaData": stamp})
    for name, email in VENDORS:
        put(company, "Vendor", {"DisplayName": name} | _email(email))
    for name, email, active, identifier in CUSTOMERS:
        if identifier is not None:
            company.counters["names"] = int(identifier) - 1
        made = put(company, "Customer", {"DisplayName": name} | _email(email))
        if not active:
            gone = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False}
            put(company, "Customer", gone)
    _accounts_and_items(company, LATER_ACCOUNTS, LATER_ITEMS)


def _accounts_and_items(
    company: Company, accounts: Sequence[tuple[str, str, str]], items: Sequence[tuple[str, str]]
) -> None:
    for name, kind, subtype in accounts:
        put(company, "Account", {"Name": name, "AccountType": kind, "AccountSubType": subtype})
    for name, income in items:
        account = company.by_name("Account", income)
        assert account is not None
        put(company, "Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}})


def _email(address: str | None) -> dict[str, Any]:
    return {"PrimaryEmailAddr": {"Address": address}} if address else {}
