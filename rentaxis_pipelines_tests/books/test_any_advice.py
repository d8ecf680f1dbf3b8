"""Whatever became of a record on either side: a reconciliation never advises to take out of QuickBooks what RentAxis has."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.reports.explanations import EXPLANATIONS
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import Summary, context_of, reconcile

DAYS = {
    "long before": dt.date(2019, 3, 4),
    "before": dt.date(2025, 12, 31),
    "first day": dt.date(2026, 1, 1),
    "within": dt.date(2026, 6, 10),
    "far ahead": dt.date(2062, 6, 10),
}
# Explanations whose remedy may end in voiding or deleting the transaction in QuickBooks.
TAKES_OUT = {"gone_from_rentaxis", "ours_without_link", "duplicate"}


@dataclass(frozen=True)
class Fate:
    """What became of one record: pushed by itself or not, then what each side did with it."""

    kind: str
    day: str
    pushed: bool
    rentaxis: str
    quickbooks: str


fates = st.builds(
    Fate,
    kind=st.sampled_from(["invoice", "payment", "expense"]),
    day=st.sampled_from(sorted(DAYS)),
    pushed=st.booleans(),
    rentaxis=st.sampled_from(["live", "live", "edited", "void", "marked", "erased"]),
    quickbooks=st.sampled_from(["live", "live", "edited", "void", "deleted", "moved"]),
)


def proof(chain) -> tuple[Summary, dict[str, dict]]:
    """A reconciliation of everything: what it found, and every record."""
    with chain.run() as run:
        found = reconcile(run, chain.environment, context_of(run, chain.company))
        rows = {row["record"]: row for row in rows_of(run.connection, "records")}
        for row in rows_of(run.connection, "differences"):
            rows[row["record"]]["remedy"] = row["remedy"]
    return found, rows


def push_alone(chain, source_type: str, row_id: int) -> None:
    chain.push_record(source_type, row_id)


class BothSides:
    """Makes a record, and does what became of it on each side."""

    def __init__(self, rentaxis, accountant, chain) -> None:
        self.rentaxis, self.accountant, self.chain = rentaxis, accountant, chain

    def make(self, fate: Fate) -> int:
        day, rentaxis = DAYS[fate.day], self.rentaxis
        name = f"Fate {uuid.uuid4().hex[:12]}"
        if fate.kind == "expense":
            return rentaxis.expense("25.00", day=day, vendor_name=name, status="unpaid")
        tenant = rentaxis.tenant(name)
        if fate.kind == "invoice":
            return rentaxis.invoice(tenant, "100.00", day=day)
        return rentaxis.payment(tenant, "40.00", day=day)

    def carry_out(self, fate: Fate) -> int:
        made = self.make(fate)
        if fate.pushed:
            push_alone(self.chain, fate.kind, made)
            self._in_quickbooks(fate, made)
        self._in_rentaxis(fate, made)
        return made

    def _in_rentaxis(self, fate: Fate, made: int) -> None:
        table, rentaxis = f"{fate.kind}s", self.rentaxis
        match fate.rentaxis:
            case "edited":
                column = "total_amount" if fate.kind == "invoice" else "amount"
                if fate.kind == "invoice":
                    rentaxis.bill_again(made, "110.00")
                else:
                    rentaxis.change(table, made, **{column: 41})
            case "void" if fate.kind == "expense":
                rentaxis.change(table, made, status="void")
            case "void":
                rentaxis.void(table, made)
            case "marked":
                rentaxis.change(table, made, deleted_at=dt.datetime.now(dt.UTC))
            case "erased":
                rentaxis.erase(table, made)
            case _:
                pass

    def _in_quickbooks(self, fate: Fate, made: int) -> None:
        (there,) = self.accountant.all_of(fate.kind, made)
        deed = {"entity": there["entity"], "id": there["Id"]}
        whole = {name: there[name] for name in ("VendorRef", "PaymentType") if name in there}
        match fate.quickbooks:
            case "edited":
                self.accountant.control(
                    "hand", {"deed": "edit", **deed, "fields": {**whole, "PrivateNote": "Mine now"}}
                )
            case "moved":
                fields = {**whole, "TxnDate": "2025-11-11"}
                self.accountant.control("hand", {"deed": "edit", **deed, "fields": fields})
            case "void" if there["entity"] in ("Invoice", "Payment"):
                self.accountant.control("hand", {"deed": "void", **deed})
            case "void" | "deleted":
                self.accountant.control("hand", {"deed": "delete", **deed})
            case _:
                pass


@pytest.fixture
def both_sides(rentaxis, accountant, chain) -> BothSides:
    return BothSides(rentaxis, accountant, chain)


def judge(fate: Fate, row: dict | None) -> None:
    """What may be said of a record, by what became of it."""
    taken_back = fate.rentaxis in ("void", "marked", "erased")
    stands = fate.pushed and fate.quickbooks not in ("void", "deleted")
    if row is None:
        assert not stands, fate
        assert taken_back or not fate.pushed, fate
        return
    explanation, remedy = row["explanation"], row.get("remedy", "")
    assert explanation != "unexplained", fate
    if not taken_back:
        assert row["in_rentaxis"], fate
        assert explanation not in TAKES_OUT, (fate, explanation)
        if explanation not in ("voided_in_quickbooks", "deleted_in_quickbooks"):
            assert "void" not in remedy.lower(), (fate, remedy)
            assert "delete" not in remedy.lower(), (fate, remedy)
        if fate.pushed and not stands:
            assert explanation in ("voided_in_quickbooks", "deleted_in_quickbooks"), (fate, explanation)
            assert "force" in remedy
    if taken_back and not stands:
        assert explanation == "agrees", (fate, explanation)
    if fate.rentaxis == "erased" and stands and fate.quickbooks == "live":
        assert explanation == "gone_from_rentaxis", (fate, explanation)
    if fate.rentaxis == "live" and fate.quickbooks == "live" and fate.pushed:
        assert explanation == "agrees", (fate, explanation)


@settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example is seconds long, and says it all
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chosen=st.lists(fates, min_size=8, max_size=12))
def test_no_advice_takes_out_what_rentaxis_has(both_sides, chain, chosen) -> None:
    """Live, void, deleted, before the first day, in the year 2062; live, void, deleted, edited, moved in QuickBooks: whatever is said of
    a record that RentAxis has, following it costs nothing. What neither side has agrees.
    """
    made = [(fate, both_sides.carry_out(fate)) for fate in chosen]
    found, rows = proof(chain)
    assert found.failed_tests == []
    for fate, row_id in made:
        judge(fate, rows.get(f"{fate.kind}/{row_id}"))


@pytest.mark.parametrize("day", ["before", "far ahead"])
def test_an_invoice_of_another_day_pushed_by_itself_is_not_called_gone(both_sides, chain, day) -> None:
    """The day lies outside every range; the record is there, and both sides agree."""
    fate = Fate("invoice", day, True, "live", "live")
    made = both_sides.carry_out(fate)
    _, rows = proof(chain)
    assert rows[f"invoice/{made}"]["explanation"] == "agrees"


def test_a_mark_of_a_record_before_the_first_day_is_known(both_sides, chain, accountant, rentaxis) -> None:
    """A ledger that lost its links: the transaction is ours, and nobody is told to delete it."""
    made = both_sides.carry_out(Fate("invoice", "before", True, "live", "live"))
    moved = both_sides.carry_out(Fate("invoice", "within", True, "live", "live"))
    with chain.run() as run:
        run.connection.exec_driver_sql(
            f"delete from ledger.links where source_type = 'invoice' and source_id in ('{made}', '{moved}')"
        )
        run.connection.commit()
    _, rows = proof(chain)
    (there,) = accountant.all_of("invoice", moved)
    row = rows[f"Invoice:{there['Id']}"]
    assert row["explanation"] == "ours_to_be_linked"
    assert "Leave it in QuickBooks" in row["remedy"]
    rentaxis.void("invoices", made)
    rentaxis.void("invoices", moved)


def test_paid_by_money_from_before_the_first_day(rentaxis, sync, chain) -> None:
    """The payment is there in RentAxis, only no range holds its day: nobody is told that there is none."""
    tenant = rentaxis.tenant("Early Bird")
    invoice = rentaxis.invoice(tenant, "70.00", day=DAYS["within"])
    rentaxis.payment(tenant, "70.00", (invoice, "70.00"), day=DAYS["before"])
    sync()
    proof(chain)
    with chain.run() as run:
        (row,) = rows_of(run.connection, "receivables", where=f"record = 'invoice/{invoice}'")
    assert row["explanation"] == "before_first_day"


@pytest.mark.parametrize(
    ("balance", "status", "explanation"),
    [("0", "paid", "settled_without_payment"), ("90.00", "partially_paid", "open_although_paid")],
)
def test_paid_without_a_payment_is_said_of_the_right_side_only(
    rentaxis, chain, sync, balance, status, explanation
) -> None:
    """RentAxis calls paid what nobody paid, or open what was paid: two things, with two remedies."""
    tenant = rentaxis.tenant(f"Side {explanation}")
    invoice = rentaxis.invoice(tenant, "90.00", day=DAYS["within"])
    if explanation == "open_although_paid":
        rentaxis.payment(tenant, "60.00", (invoice, "60.00"), day=DAYS["within"])
    sync()
    rentaxis.change("invoices", invoice, balance_due=balance, status=status)
    proof(chain)
    with chain.run() as run:
        (row,) = rows_of(run.connection, "receivables", where=f"record = 'invoice/{invoice}'")
        (blocker,) = rows_of(run.connection, "blockers", where=f"record = 'invoice/{invoice}'")
    assert (row["explanation"], blocker["explanation"]) == (explanation, explanation)


def test_a_payment_typed_by_hand_is_not_pushed_beside_it_on_advice(rentaxis, chain, accountant, sync) -> None:
    """What looks like one typed in QuickBooks: neither is to be deleted, nor is a range to be run without a look."""
    tenant = rentaxis.tenant("Typed Already")
    rentaxis.invoice(tenant, "15.00", day=DAYS["within"])
    sync()
    payment = rentaxis.payment(tenant, "15.00", day=DAYS["within"])
    fields = {
        "CustomerRef": {"value": accountant.customer("Typed Already")["Id"]},
        "TotalAmt": 15.00,
        "TxnDate": DAYS["within"].isoformat(),
    }
    typed = accountant.control("hand", {"deed": "create", "entity": "Payment", "fields": fields})
    _, rows = proof(chain)
    ours, theirs = rows[f"payment/{payment}"], rows[f"Payment:{typed['Id']}"]
    assert (ours["explanation"], theirs["explanation"]) == ("perhaps_there", "looks_unpushed")
    assert "exclude" in ours["remedy"]
    assert "Leave it in QuickBooks" in theirs["remedy"]
    rentaxis.void("payments", payment)


def test_every_remedy_that_takes_something_out_asks_first() -> None:
    """A sentence that names voiding or deleting in QuickBooks begins with what a person has to find out."""
    for one in EXPLANATIONS:
        said = one.how_to_fix.lower()
        if ("void" in said or "delete" in said) and "in quickbooks" in f"{one.meaning.lower()} {said}":
            assert one.code in TAKES_OUT, one.code
            assert said.startswith(("find out why", "compare the two")), one.code
