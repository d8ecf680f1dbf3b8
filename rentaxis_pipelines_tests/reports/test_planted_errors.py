"""What people do behind the sync's back is found, named and priced, and nothing else is."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st


def explained(books) -> dict[str, str]:
    return {row["record"]: row["explanation"] for row in books.sql("select * from differences")}


class Planted:
    """What was planted: the explanation each record must get, and the difference it must be priced at."""

    def __init__(self, books) -> None:
        self.books = books
        self.expected: dict[str, tuple[str, Decimal]] = {}
        self.invoices = books.sql(
            """select r.record, r.quickbooks_id, r.quickbooks_total as total, k.object #>> '{CustomerRef,value}' as customer,
                      k.object ->> 'TxnDate' as day, k.object -> 'Line' as lines, l.source_id, t.number
               from records r join transactions t using (record) join ledger.quickbooks_transactions k
                 on k.entity = t.entity and k.quickbooks_id = t.quickbooks_id join ledger.links l
                 on l.source_type || '/' || l.source_id = r.record
               where r.entity = 'Invoice' and r.explanation = 'agrees' and t.total > 0
                 and not exists (select from postings p where p.account = 'Invoice:' || r.quickbooks_id)
               order by l.source_id"""
        )
        self.payments = books.sql(
            """select r.record, r.quickbooks_id, r.quickbooks_total as total, k.object #>> '{CustomerRef,value}' as customer,
                      k.object ->> 'TxnDate' as day, l.source_id
               from records r join transactions t using (record) join ledger.quickbooks_transactions k
                 on k.entity = t.entity and k.quickbooks_id = t.quickbooks_id join ledger.links l
                 on l.source_type || '/' || l.source_id = r.record
               where r.entity = 'Payment' and r.explanation = 'agrees' and t.total > 0 order by l.source_id"""
        )

        waiting = {
            row["record"]: row
            for row in books.sql("select * from undeposited where account = 'Undeposited Funds'")
        }
        self.waiting = [payment for payment in self.payments if payment["record"] in waiting]
        self.deposited: dict[str, Decimal] = {}  # payment: its amount
        self.typed_deposits: dict[
            str, tuple[str, Decimal]
        ] = {}  # deposit: the payment it looks like, and the amount

    def note(self, record: str, explanation: str, difference: Decimal) -> None:
        self.expected[record] = (explanation, difference)

    def take(self, kind: str, number: int) -> dict[str, Any]:
        """A record nobody has touched yet."""
        rows = {"invoice": self.invoices, "payment": self.payments, "waiting": self.waiting}[kind]
        chosen = rows.pop(number % len(rows))
        for others in (self.payments, self.waiting):
            others[:] = [row for row in others if row["record"] != chosen["record"]]
        return chosen


def typed_payment(planted, number, cents):
    """A payment typed by hand, for nobody's invoice in particular."""
    customer = planted.payments[number % len(planted.payments)]["customer"]
    amount = Decimal(900_000_00 + cents) / 100  # like none of ours
    made = planted.books.by_hand(
        "create",
        entity="Payment",
        fields={"CustomerRef": {"value": customer}, "TotalAmt": float(amount), "TxnDate": "2026-09-09"},
    )
    planted.note(f"Payment:{made['Id']}", "not_ours", -amount)


def copied_payment(planted, number, cents):
    """One of our payments entered a second time."""
    payment = planted.payments[number % len(planted.payments)]
    made = planted.books.by_hand(
        "create",
        entity="Payment",
        fields={
            "CustomerRef": {"value": payment["customer"]},
            "TotalAmt": float(payment["total"]),
            "TxnDate": payment["day"],
        },
    )
    planted.note(f"Payment:{made['Id']}", "duplicate", -payment["total"])


def edited_invoice(planted, number, cents):
    """Somebody raised the first line."""
    invoice = planted.take("invoice", number)
    more = Decimal(cents) / 100
    lines = [line for line in invoice["lines"] if line["DetailType"] == "SalesItemLineDetail"]
    lines[0]["Amount"] = float(Decimal(str(lines[0]["Amount"])) + more)
    lines[0].get("SalesItemLineDetail", {}).pop("UnitPrice", None)
    lines[0].get("SalesItemLineDetail", {}).pop("Qty", None)
    planted.books.by_hand("edit", entity="Invoice", id=invoice["quickbooks_id"], fields={"Line": lines})
    planted.note(invoice["record"], "edited_in_quickbooks", -more)


def deleted_invoice(planted, number, cents):
    invoice = planted.take("invoice", number)
    planted.books.by_hand("delete", entity="Invoice", id=invoice["quickbooks_id"])
    planted.note(invoice["record"], "deleted_in_quickbooks", invoice["total"])


def voided_payment(planted, number, cents):
    payment = planted.take("payment", number)
    planted.books.by_hand("void", entity="Payment", id=payment["quickbooks_id"])
    planted.note(payment["record"], "voided_in_quickbooks", payment["total"])


def redated_payment(planted, number, cents):
    """Moved into another month: nothing is missing, but not where it was."""
    payment = planted.take("payment", number)
    planted.books.by_hand(
        "edit", entity="Payment", id=payment["quickbooks_id"], fields={"TxnDate": "2026-12-30"}
    )
    planted.note(payment["record"], "edited_in_quickbooks", Decimal(0))


def raised_in_rentaxis(planted, number, cents):
    """Changed in RentAxis after the push."""
    invoice = planted.take("invoice", number)
    more = Decimal(cents) / 100
    planted.books.rentaxis(
        """with line as (update rentaxis.invoice_lines set amount = amount + %s, updated_at = now()
             where id = (select min(id) from rentaxis.invoice_lines where invoice_id = %s::bigint and deleted_at is null))
           update rentaxis.invoices set total_amount = total_amount + %s, balance_due = balance_due + %s, updated_at = now()
           where id = %s::bigint""",
        more, invoice["source_id"], more, more, invoice["source_id"],
    )  # fmt: skip
    planted.note(invoice["record"], "changed_since_push", more)


def deposited_payment(planted, number, cents):
    """One of our payments is put into a bank deposit: right, and from now on it cannot be changed."""
    payment = planted.take("waiting", number)
    planted.books.by_hand("deposit", payments=[payment["quickbooks_id"]])
    planted.deposited[payment["record"]] = payment["total"]


def typed_deposit(planted, number, cents):
    """The bank's line is booked as a deposit of its own, and our payment goes on waiting for one."""
    payment = planted.take("waiting", number)
    (account,) = [one["Id"] for one in planted.books.objects("Account") if one["Name"] == "Checking"]
    income = next(one["Id"] for one in planted.books.objects("Account") if one["AccountType"] == "Income")
    line = {
        "Amount": float(payment["total"]),
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": {"AccountRef": {"value": income}},
    }
    made = planted.books.by_hand(
        "create",
        entity="Deposit",
        fields={"DepositToAccountRef": {"value": account}, "TxnDate": payment["day"], "Line": [line]},
    )
    planted.typed_deposits[f"Deposit:{made['Id']}"] = (payment["record"], payment["total"])


PLANTS = (
    typed_payment, copied_payment, edited_invoice, deleted_invoice, voided_payment, redated_payment, raised_in_rentaxis,
    deposited_payment, typed_deposit,
)  # fmt: skip


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plants=st.lists(
        st.tuples(st.sampled_from(PLANTS), st.integers(0, 500), st.integers(1, 50_000)),
        min_size=1,
        max_size=8,
    )
)
@example(plants=[(plant, 11 * number, 100 + number) for number, plant in enumerate(PLANTS)])
def test_found_is_planted_no_more_and_no_less(pushed_once, plants):
    """For any handful of plants, and for one of each kind: each is found, rightly named and priced to the cent; nothing else
    is accused.
    """
    books = pushed_once.again()
    planted = Planted(books)
    for plant, number, cents in plants:
        plant(planted, number, cents)

    summary = books.reconcile()

    found = {
        row["record"]: (row["explanation"], row["difference"])
        for row in books.sql("select * from differences")
        if row["record"] not in pushed_once.baseline
    }
    assert found == planted.expected
    deposited = books.sql("select payment, amount from deposits where payment is not null")
    assert {row["payment"]: row["amount"] for row in deposited} == planted.deposited
    typed = {row["deposit"]: row for row in books.sql("select * from typed_deposits")}
    assert {deposit: row["amount"] for deposit, row in typed.items()} == {
        deposit: amount for deposit, (_, amount) in planted.typed_deposits.items()
    }
    found_anything = len(found) + len(deposited) + len(typed)
    assert found_anything == len(planted.expected) + len(planted.deposited) + len(planted.typed_deposits) > 0
    assert summary.unexplained == 0
    assert summary.failed_tests == []


def test_an_edit_is_shown_field_by_field_with_both_values(pushed_once):
    """Ours, theirs and the remedy stand in the drift report; a field nobody touched does not."""
    books = pushed_once.again()
    planted = Planted(books)
    payment = planted.take("payment", 3)
    books.by_hand("edit", entity="Payment", id=payment["quickbooks_id"], fields={"TxnDate": "2026-12-30"})

    books.reconcile()

    (row,) = books.sql("select * from drift")
    assert (row["record"], row["what"], row["field"]) == (payment["record"], "edited", "TxnDate")
    assert (row["ours"], row["theirs"]) == (payment["day"], "2026-12-30")
    assert row["amount"] == payment["total"]
    assert row["remedy"]


def test_a_deposit_clears_its_payments_and_accuses_nobody(pushed_once):
    """A payment in a bank deposit leaves the list of undeposited ones; the books still agree."""
    books = pushed_once.again()
    before = books.sql("select * from undeposited where account = 'Undeposited Funds' order by record")
    chosen = before[0]
    quickbooks_id = books.sql("select quickbooks_id from records where record = :it", it=chosen["record"])

    books.by_hand("deposit", payments=[quickbooks_id[0]["quickbooks_id"]])
    books.reconcile()

    after = books.sql("select * from undeposited where account = 'Undeposited Funds' order by record")
    assert [row["record"] for row in after] == [row["record"] for row in before[1:]]
    assert explained(books) == pushed_once.baseline


def test_a_quiet_day_costs_one_metered_read_beside_those_of_the_two_reports(pushed_once):
    """Nothing changed in QuickBooks: one change-data-capture call, and the preferences of the snapshot; the profit and loss and the balance
    sheet of these months take two requests each.
    """
    books = pushed_once.again()
    books.later(days=1)
    books.reconcile()
    before = books.control("counts")

    summary = books.reconcile()

    assert summary.metered_reads == 1 + 4, before


def test_a_customer_merged_deleted_or_made_inactive_is_told(pushed_once):
    """The drift report names the customer itself, into which it was merged, and what that moved; a customer in use is not there."""
    books = pushed_once.again()
    by_invoices = books.sql(
        """select l.quickbooks_id as id, l.source_type || '/' || l.source_id as record,
                  coalesce(sum(t.total) filter (where t.is_linked), 0) as moved, count(t.record) as transactions
           from ledger.links l left join transactions t on t.party = 'Customer:' || l.quickbooks_id and t.total > 0
           where l.quickbooks_type = 'Customer' group by 1, 2 order by 4 desc, 2"""
    )
    (merged, into, retired), unused = by_invoices[:3], by_invoices[-1]
    assert unused["transactions"] == 0
    books.by_hand("merge", entity="Customer", id=merged["id"], into=into["id"])
    books.by_hand("deactivate", entity="Customer", id=retired["id"])
    books.by_hand("delete", entity="Customer", id=unused["id"])  # gone, and nothing of ours moved

    books.reconcile()

    found = {
        row["record"]: row
        for row in books.sql("select * from drift where record_type = 'customers' and field is null")
    }
    assert {record: row["what"] for record, row in found.items()} == {
        merged["record"]: "merged",
        retired["record"]: "made inactive",
        unused["record"]: "deleted",
    }
    (name,) = books.sql("select name from names where key = :key", key=f"Customer:{into['id']}")
    told = found[merged["record"]]
    assert (told["theirs"], told["amount"]) == (name["name"], merged["moved"])
    assert "relink" in told["remedy"]


def test_an_expense_a_person_voided_is_told(pushed_once):
    """Though the API voids no purchase: its money is gone from the books, and the record says so."""
    books = pushed_once.again()
    (spent,) = books.sql(
        """select record, quickbooks_id as id, total from transactions
           where entity = 'Purchase' and is_linked and total > 0 order by total desc, id limit 1"""
    )
    voided = books.by_hand("void", entity="Purchase", id=spent["id"])
    assert (voided["status"], voided["TotalAmt"]) == ("Voided", 0)

    books.reconcile()

    told = books.sql("select what, amount, remedy from drift where record = :record", record=spent["record"])
    assert [(row["what"], row["amount"]) for row in told] == [("voided", spent["total"])]
