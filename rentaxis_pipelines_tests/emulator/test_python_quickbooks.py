"""The public client python-quickbooks with intuit-oauth, unmodified, works against the emulator for each
entity it has.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks, exceptions
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.objects import (
    Account,
    Attachable,
    Bill,
    BillPayment,
    CompanyInfo,
    CreditMemo,
    Customer,
    Department,
    Deposit,
    Employee,
    Estimate,
    Invoice,
    Item,
    JournalEntry,
    Payment,
    PaymentMethod,
    Preferences,
    Purchase,
    RefundReceipt,
    SalesReceipt,
    TaxCode,
    Term,
    Vendor,
    VendorCredit,
)  # fmt: skip
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.taxservice import TaxService
from quickbooks.objects.trackingclass import Class

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.support.quickbooks import started


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with started(seed="recorded") as running:
        yield running


@pytest.fixture(scope="module")
def qb(emulator: Emulator) -> Iterator[QuickBooks]:
    """The client as its README sets it up; only its addresses are the emulator's."""

    class Here(QuickBooks):
        sandbox_api_url_v3 = f"{emulator.base_url}/v3"

    auth = AuthClient(
        client_id=emulator.client_id,
        client_secret=emulator.client_secret,
        environment=f"{emulator.auth_base_url}/.well-known/openid_sandbox_configuration/",
        redirect_uri="http://localhost/callback",
    )
    client = Here(
        auth_client=auth, refresh_token=emulator.refresh_token, company_id=emulator.realm_id, minorversion=75
    )
    client.sandbox = True
    assert auth.access_token
    assert auth.refresh_token != emulator.refresh_token
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # oauthlib's own switch for http on this machine
        yield client
    client.session.close()


def _ref(identifier: str) -> dict[str, str]:
    return {"value": identifier}


def _sale(**more: Any) -> dict[str, Any]:
    detail = {"ItemRef": _ref("1"), "Qty": 4.5, "UnitPrice": 75}
    line = {
        "Amount": 337.5,
        "DetailType": "SalesItemLineDetail",
        "Description": "work",
        "SalesItemLineDetail": detail,
    }
    return {"CustomerRef": _ref("3"), "Line": [line], **more}


def _expense(**more: Any) -> dict[str, Any]:
    detail = {"AccountRef": _ref("7")}
    kind = "AccountBasedExpenseLineDetail"
    return {"Line": [{"Amount": 200, "DetailType": kind, kind: detail}], **more}


def _journal() -> dict[str, Any]:
    def line(side: str, account: str) -> dict[str, Any]:
        detail = {"PostingType": side, "AccountRef": _ref(account)}
        return {"Amount": 12.34, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}

    return {"Line": [line("Debit", "35"), line("Credit", "7")]}


_DEPOSIT = {"Amount": 20, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": _ref("1")}}

# class, how to make one (a number keeps names apart), the field to change, its new value
LISTS: list[tuple[Any, Callable[[int], dict[str, Any]], str, Any]] = [
    (
        Customer,
        lambda n: {"DisplayName": f"Customer {n}", "PrimaryEmailAddr": {"Address": "a@b.co"}},
        "Notes",
        "new",
    ),
    (Vendor, lambda n: {"DisplayName": f"Vendor {n}", "TaxIdentifier": "99-9999999"}, "AcctNum", "77"),
    (Employee, lambda n: {"GivenName": "John", "FamilyName": f"Smith {n}"}, "EmployeeNumber", "9"),
    (
        Item,
        lambda n: {"Name": f"Item {n}", "Type": "Service", "IncomeAccountRef": _ref("1")},
        "Description",
        "new",
    ),
    (Account, lambda n: {"Name": f"Account {n}", "AccountSubType": "CashOnHand"}, "Description", "new"),
    (Class, lambda n: {"Name": f"Class {n}"}, "Name", "Class renamed {n}"),
    (Department, lambda n: {"Name": f"Department {n}"}, "Name", "Department renamed {n}"),
    (Term, lambda n: {"Name": f"Term {n}", "DueDays": 10}, "DueDays", 60),
    (PaymentMethod, lambda n: {"Name": f"Method {n}"}, "Name", "Renamed {n}"),
]
TRANSACTIONS: list[tuple[Any, Callable[[int], dict[str, Any]]]] = [
    (Invoice, lambda n: _sale()),
    (Estimate, lambda n: _sale()),
    (CreditMemo, lambda n: _sale()),
    (SalesReceipt, lambda n: _sale()),
    (RefundReceipt, lambda n: _sale(DepositToAccountRef=_ref("35"))),
    (Payment, lambda n: {"CustomerRef": _ref("3"), "TotalAmt": 140}),
    (Bill, lambda n: _expense(VendorRef=_ref("30"))),
    (VendorCredit, lambda n: _expense(VendorRef=_ref("30"))),
    (Purchase, lambda n: _expense(PaymentType="CreditCard", AccountRef=_ref("42"), DocNumber=f"P{n}")),
    (Deposit, lambda n: {"DepositToAccountRef": _ref("36"), "Line": [_DEPOSIT]}),
    (JournalEntry, lambda n: _journal()),
]
_VOIDABLE = (Invoice, SalesReceipt, Payment)


def _name(value: Any) -> str | None:
    return value.qbo_object_name if isinstance(value, type) else None


@pytest.mark.parametrize(("kind", "content", "field", "value"), LISTS, ids=_name)
def test_a_list_entity_is_created_read_changed_found_and_deactivated(
    qb: QuickBooks, kind: Any, content: Callable[[int], dict[str, Any]], field: str, value: Any
) -> None:
    made = kind.from_json(content(1)).save(qb=qb)
    assert made.SyncToken == "0"
    read = kind.get(made.Id, qb=qb)
    value = value.format(n=1) if isinstance(value, str) else value
    setattr(read, field, value)
    assert read.save(qb=qb).SyncToken == "1"
    found = kind.filter(Id=made.Id, qb=qb)
    assert getattr(found[0], field) == value
    assert kind.count(qb=qb) >= 1
    found[0].Active = False
    gone = found[0].save(qb=qb)
    assert gone.Active is False
    assert kind.filter(Id=made.Id, qb=qb) == []
    assert kind.where(f"Active IN (true, false) AND Id = '{made.Id}'", qb=qb)[0].Id == made.Id


@pytest.mark.parametrize(("kind", "content"), TRANSACTIONS, ids=_name)
def test_a_transaction_is_created_read_changed_found_voided_and_deleted(
    qb: QuickBooks, kind: Any, content: Callable[[int], dict[str, Any]]
) -> None:
    made = kind.from_json(content(1)).save(qb=qb)
    read = kind.get(made.Id, qb=qb)
    read.PrivateNote = "changed"
    vars(read).pop("PurchaseEx", None)  # QuickBooks refuses its own block when it comes back (field note)
    changed = read.save(qb=qb)
    assert (changed.SyncToken, changed.PrivateNote) == ("1", "changed")
    assert kind.filter(Id=made.Id, qb=qb)[0].PrivateNote == "changed"
    if kind in _VOIDABLE:
        changed.void(qb=qb)
        changed = kind.get(made.Id, qb=qb)
        assert changed.TotalAmt == 0
        assert "Voided" in changed.PrivateNote
    changed.delete(qb=qb)
    assert kind.filter(Id=made.Id, qb=qb) == []


@pytest.mark.parametrize(("kind", "content"), [each[:2] for each in LISTS] + TRANSACTIONS, ids=_name)
def test_a_batch_creates_changes_and_deletes(
    qb: QuickBooks, kind: Any, content: Callable[[int], dict[str, Any]]
) -> None:
    made = batch_create([kind.from_json(content(number)) for number in (10, 11, 12)], qb=qb)
    assert (len(made.successes), made.faults) == (3, [])
    listed = not hasattr(kind, "delete")
    for each in made.successes:
        vars(each).pop("PurchaseEx", None)
        setattr(each, "Active" if listed else "PrivateNote", not listed and "again")
    changed = batch_update(made.successes, qb=qb)
    assert (len(changed.successes), changed.faults) == (3, [])
    if not listed:
        assert len(batch_delete(changed.successes, qb=qb).successes) == 3


def _bill_payment(qb: QuickBooks) -> tuple[Any, Any]:
    bill = Bill.from_json(_expense(VendorRef=_ref("30"))).save(qb=qb)
    link = {"TxnId": bill.Id, "TxnType": "Bill"}
    content = {
        "VendorRef": _ref("30"), "PayType": "Check", "TotalAmt": 200, "PrivateNote": "by check",
        "CheckPayment": {"BankAccountRef": _ref("35")}, "Line": [{"Amount": 200, "LinkedTxn": [link]}],
    }  # fmt: skip
    return bill, BillPayment.from_json(content)


def test_a_bill_payment_pays_a_bill_and_its_void_opens_it_again(qb: QuickBooks) -> None:
    bill, payment = _bill_payment(qb)
    payment.save(qb=qb)
    assert Bill.get(bill.Id, qb=qb).Balance == 0
    payment.void(qb=qb)
    read = BillPayment.get(payment.Id, qb=qb)
    assert read.TotalAmt == 0
    assert "Voided" in read.PrivateNote
    assert Bill.get(bill.Id, qb=qb).Balance == 200


def test_a_bill_payment_is_changed_found_and_deleted_alone_and_in_a_batch(qb: QuickBooks) -> None:
    bill, payment = _bill_payment(qb)
    read = batch_create([payment], qb=qb).successes[0]
    read.PrivateNote = "changed"
    assert read.save(qb=qb).SyncToken == "1"
    found = BillPayment.filter(Id=read.Id, qb=qb)[0]
    assert (found.PrivateNote, Bill.get(bill.Id, qb=qb).Balance) == ("changed", 0)
    assert batch_update([found], qb=qb).successes[0].SyncToken == "2"
    BillPayment.get(read.Id, qb=qb).delete(qb=qb)
    assert BillPayment.filter(Id=read.Id, qb=qb) == []
    assert Bill.get(bill.Id, qb=qb).Balance == 200


def test_what_can_only_be_read_is_read(qb: QuickBooks) -> None:
    assert CompanyInfo.all(qb=qb)[0].CompanyName
    assert TaxCode.all(qb=qb)
    preferences = Preferences.get(qb=qb)
    assert preferences.AccountingInfoPrefs.TaxYearMonth == "January"
    preferences.EmailMessagesPrefs.EstimateMessage.Subject = "changed"
    preferences.save(qb=qb)
    assert Preferences.get(qb=qb).EmailMessagesPrefs.EstimateMessage.Subject == "changed"


def test_a_tax_code_is_made_by_the_tax_service(qb: QuickBooks) -> None:
    rate = {"TaxRateName": "City", "RateValue": 10, "TaxAgencyId": 1, "TaxApplicableOn": "Sales"}
    made = TaxService.from_json({"TaxCode": "City tax", "TaxRateDetails": [rate]}).save(qb=qb)
    assert TaxCode.get(made.TaxCodeId, qb=qb).Name == "City tax"
    assert made.TaxRateDetails[0].TaxAgencyId == "1"
    assert len(TaxCode.all(max_results=1, qb=qb)) == 4
    assert TaxRate.get(made.TaxRateDetails[0].TaxRateId, qb=qb).RateValue == 10


def test_a_form_is_sent_and_printed(qb: QuickBooks) -> None:
    invoice = Invoice.from_json(_sale()).save(qb=qb)
    assert invoice.download_pdf(qb=qb).startswith(b"%PDF")
    invoice.send(qb=qb, send_to="a@b.co")
    assert Invoice.get(invoice.Id, qb=qb).EmailStatus == "EmailSent"


def test_the_link_an_invoice_is_paid_by_is_read(qb: QuickBooks) -> None:
    online = {"AllowOnlineCreditCardPayment": True, "BillEmail": {"Address": "a@b.co"}}
    invoice = Invoice.from_json(_sale(**online)).save(qb=qb)
    read = Invoice.get(invoice.Id, qb=qb, params={"include": "invoiceLink"})
    assert read.InvoiceLink.startswith("https://")


def test_an_attachment_is_uploaded_read_and_deleted(qb: QuickBooks, tmp_path: Any) -> None:
    file = tmp_path / "lease.txt"
    file.write_text("twelve months")
    note = Attachable.from_json({"FileName": "lease.txt", "ContentType": "text/plain", "Note": "signed"})
    note._FilePath = str(file)
    note.save(qb=qb)
    read = Attachable.get(note.Id, qb=qb)
    assert (read.FileName, read.Note) == ("lease.txt", "signed")
    assert int(read.Id) > 5000000000000000000
    read.delete(qb=qb)
    assert Attachable.filter(Id=note.Id, qb=qb) == []


def test_changes_are_captured(qb: QuickBooks) -> None:
    customer = Customer.from_json({"DisplayName": "Captured"}).save(qb=qb)
    answer = change_data_capture(
        [Customer, Invoice], (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), qb=qb
    )
    assert customer.Id in [each.Id for each in answer.Customer._object_list]


def test_one_request_id_makes_one_invoice(qb: QuickBooks) -> None:
    first = Invoice.from_json(_sale()).save(qb=qb, request_id="one-and-the-same")
    second = Invoice.from_json(_sale()).save(qb=qb, request_id="one-and-the-same")
    assert first.Id == second.Id


@pytest.mark.parametrize(
    ("act", "expected", "code"),
    [
        (lambda qb: Customer.get("999999", qb=qb), exceptions.ObjectNotFoundException, 610),
        (lambda qb: Customer.get("1/5", qb=qb), exceptions.UnsupportedException, 500),
        (lambda qb: Customer.get("1.5", qb=qb), exceptions.ValidationException, 2030),
        (lambda qb: Customer.where("Nothing = '1'", qb=qb), exceptions.ValidationException, 4001),
        (lambda qb: Customer.where("Id = = '1'", qb=qb), exceptions.ValidationException, 4000),
        (lambda qb: Invoice.from_json(_sale(CustomerRef=_ref("9999"))).save(qb=qb),
        exceptions.ValidationException, 2500),
        (lambda qb: Invoice.from_json({"CustomerRef": _ref("1")}).save(qb=qb),
        exceptions.ValidationException, 2020),
        (lambda qb: Customer.from_json({"DisplayName": "Araborn"}).save(qb=qb),
        exceptions.QuickbooksException, 6240),
    ],
)  # fmt: skip
def test_faults_arrive_as_the_clients_own_exceptions(
    qb: QuickBooks, act: Callable[[QuickBooks], Any], expected: type[Exception], code: int
) -> None:
    with pytest.raises(expected) as caught:
        act(qb)
    assert caught.value.error_code == code  # type: ignore[attr-defined] - the client's base class has it


def test_a_dead_token_and_a_throttle_arrive_as_the_clients_own_exceptions(
    qb: QuickBooks, call: Any, emulator: Emulator
) -> None:
    caller = call(emulator)
    caller.control("switches", {"limits": True, "limits_scale": 0.1, "throttle_shape": "service"})
    with pytest.raises(exceptions.QuickbooksException, match="ThrottleExceeded"):
        for _ in range(3):
            Customer.all(qb=qb)
    caller.control("switches", {"limits": False, "throttle_shape": "gateway"})
    caller.control("tokens", {"expire": True})
    with pytest.raises(exceptions.AuthorizationException):
        Customer.all(qb=qb)
    caller.session.close()
