"""Money received early, bills paid late and a go-live in the middle, pushed in any order of nights, ranges and single records: the
bank of either month is the same on both sides, to the cent.
"""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.support.accountant import Accountant, applied
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords

OCTOBER_ENDS = dt.date(2026, 10, 31)
day = st.integers(-2, 2)  # from the end of October


class Received(NamedTuple):
    """A payment of a tenant: the day of the money, the days of the invoices it pays, the way it came."""

    paid: int
    billed: list[int]
    method: str = "ach"


class Spent(NamedTuple):
    """An expense: its day, how many days later it was paid (None: not yet), the way, whether a vendor is known."""

    billed: int
    later: int | None
    method: str = "check"
    vendor: bool = True


received = st.builds(Received, day, st.lists(day, max_size=3), st.sampled_from(["check", "ach", "stripe"]))
spent = st.builds(
    Spent, day, st.sampled_from([0, 1, 3, None]), st.sampled_from(["check", "credit_card"]), st.booleans()
).filter(lambda one: one.vendor or one.later is not None)  # QuickBooks takes no unpaid bill without a vendor
runs = st.lists(
    st.one_of(
        st.tuples(st.just("night"), day),
        st.tuples(st.just("range"), day, day),
        st.tuples(st.just("single"), st.integers(0, 5)),
    ),
    min_size=1,
    max_size=4,
)

Record = tuple[str, str]  # source type and id
Line = tuple[str, str, Decimal]  # account, day, money in or out
ACCOUNTS = {"check": "Undeposited Funds", "ach": "Checking", "stripe": "Stripe Clearing"}
PAID_FROM = {"check": "Checking", "credit_card": "Corporate Card"}


def on(number: int) -> dt.date:
    return OCTOBER_ENDS + dt.timedelta(days=number)


def enter(
    rentaxis: RentAxisRecords, money: list[Received], costs: list[Spent]
) -> dict[Record, Received | Spent]:
    """Each payment of a tenant of its own, with the invoices it pays; each expense; by record."""
    made: dict[Record, Received | Spent] = {}
    for number, one in enumerate(money):
        tenant = rentaxis.tenant(f"Tenant {number}")
        parts = [(rentaxis.invoice(tenant, "100.00", day=on(billed)), "100.00") for billed in one.billed]
        total = str(100 * len(parts) + 7 + number)  # more than the invoices: the rest stays a credit
        paid = rentaxis.payment(tenant, total, *parts, day=on(one.paid), method=one.method)
        made["payment", str(paid)] = one
    for number, one in enumerate(costs):
        facts: dict[str, Any] = {"vendor_id": rentaxis.vendor(f"Vendor {number}")} if one.vendor else {}
        if one.later is None:
            facts |= {"status": "unpaid"}
        else:
            facts |= {"payment_method": one.method, "paid_at": on(one.billed + one.later)}
        made["expense", str(rentaxis.expense(str(40 + number), day=on(one.billed), **facts))] = one
    rentaxis.keep_accounts()
    return made


def single(chain: Chain, record: Record) -> None:
    """One record pushed alone, as a person asks for it."""
    chain.push_record(*record)


def cash_in_quickbooks(accountant: Accountant) -> dict[Record, Line]:
    """What moved a bank, card, clearing or undeposited account, by the RentAxis record it comes from."""
    accounts = {one["Id"]: one["Name"] for one in accountant.all("Account")}
    found: dict[Record, Line] = {}
    for entity, sign in (("Payment", 1), ("Purchase", -1), ("BillPayment", -1)):
        for one in accountant.all(entity):
            account = (
                one.get("DepositToAccountRef")
                or one.get("AccountRef")
                or one.get("CheckPayment", {}).get("BankAccountRef")
                or one["CreditCardPayment"]["CCAccountRef"]
            )
            source_type, source_id = parse_marker(one["PrivateNote"])
            record = source_type.removesuffix("_payment"), source_id
            assert record not in found, "the same money twice"
            found[record] = accounts[account["value"]], one["TxnDate"], sign * Decimal(one["TotalAmt"])
    return found


def cash_in_rentaxis(rentaxis: RentAxisRecords, begins: dt.date | None) -> dict[Record, Line]:
    """The same from RentAxis' rows. What was received or paid before go-live is in the books before."""
    rows = rentaxis.ask(
        """SELECT 'payment' AS kind, id, method, payment_date AS day, amount FROM payments
           UNION ALL
           SELECT 'expense', id, payment_method, paid_at, -amount FROM expenses WHERE status = 'paid'"""
    )
    return {
        (row["kind"], str(row["id"])): (
            (ACCOUNTS if row["kind"] == "payment" else PAID_FROM)[row["method"]],
            row["day"].isoformat(),
            row["amount"],
        )
        for row in rows
        if begins is None or row["day"] >= begins
    }


def by_account_and_day(cash: dict[Record, Line]) -> dict[tuple[str, str], Decimal]:
    """What a bank statement shows."""
    found: Counter[tuple[str, str]] = Counter()
    for account, when, amount in cash.values():
        found[account, when] += amount  # pyright: ignore[reportArgumentType] - money, counted
    return {key: Decimal(amount) for key, amount in found.items()}


def applied_in_quickbooks(accountant: Accountant) -> dict[str, dict[str, Decimal]]:
    """What each payment is applied to, by RentAxis ids."""
    invoices = {one["Id"]: parse_marker(one["PrivateNote"])[1] for one in accountant.all("Invoice")}
    return {
        parse_marker(one["PrivateNote"])[1]: {
            invoices[invoice]: amount for invoice, amount in applied(one).items()
        }
        for one in accountant.all("Payment")
    }


def applied_in_rentaxis(rentaxis: RentAxisRecords, begins: dt.date | None) -> dict[str, dict[str, Decimal]]:
    """The same. What is billed before go-live is not in these books."""
    used: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rentaxis.ask(
        """SELECT p.id AS payment, p.payment_date, i.id AS invoice, i.invoice_date, a.amount FROM payments p
           LEFT JOIN payment_allocations a ON a.payment_id = p.id LEFT JOIN invoices i ON i.id = a.invoice_id"""
    ):
        if begins is None or row["payment_date"] >= begins:
            paid = used[str(row["payment"])]
            if row["invoice"] and (begins is None or row["invoice_date"] >= begins):
                paid[str(row["invoice"])] = row["amount"]
    return dict(used)


def live_through(
    rentaxis: RentAxisRecords,
    chain: Chain,
    accountant: Accountant,
    money: list[Received],
    costs: list[Spent],
    pushes: list[tuple[Any, ...]],
    begins: dt.date | None,
) -> None:
    """Enter all of it, push it part by part, and compare the bank after each push."""
    empty(rentaxis)
    start_anew(chain, accountant)
    chain.company = chain.company.model_copy(update={"go_live": begins})
    made = enter(rentaxis, money, costs)
    expected = cash_in_rentaxis(rentaxis, begins)
    chosen: set[Record] = set()
    for push in [*pushes, ("range", -2, 2)]:
        if push[0] == "single":
            alone = list(made)[push[1] % len(made)]
            single(chain, alone)
            chosen.add(alone)
        else:
            first, last = min(push[1:]), max(push[1:])
            chain.sync(first_day=on(first), last_day=on(last))
            chosen |= {
                record
                for record, entered in made.items()
                if first <= (entered.paid if isinstance(entered, Received) else entered.billed) <= last
            }
        assert cash_in_quickbooks(accountant) == {
            record: line for record, line in expected.items() if record in chosen
        }
    assert chosen == set(made)
    assert by_account_and_day(cash_in_quickbooks(accountant)) == by_account_and_day(expected)
    assert applied_in_quickbooks(accountant) == applied_in_rentaxis(rentaxis, begins)
    repeated = chain.sync(first_day=on(-2), last_day=on(2))
    assert {row.status for row in repeated.values()} <= {"skipped"}


def test_the_bank_ties_by_account_and_day_after_every_run_and_payments_are_applied_as_in_rentaxis_at_the_end(
    rentaxis, chain, accountant
) -> None:
    """After each run: all that was chosen so far has moved the same account on the same day by the same amount as in RentAxis, and
    nothing else has. At the end, with all days pushed: so has everything, and it is applied to the same invoices. Once more: nothing
    is written.
    """

    @settings(max_examples=12, derandomize=True, phases=[Phase.explicit, Phase.generate])
    @example(
        money=[Received(0, [1, -1])],
        costs=[Spent(-1, 3)],
        pushes=[("night", 0), ("night", 1), ("single", 0), ("single", 1)],
        begins=None,
    )
    @example(
        money=[Received(0, [1, -1])],
        costs=[Spent(-1, 1), Spent(-1, 3, "credit_card", vendor=False)],
        pushes=[("single", 0), ("single", 2), ("night", 0)],
        begins=OCTOBER_ENDS,
    )
    @given(
        money=st.lists(received, min_size=1, max_size=3),
        costs=st.lists(spent, max_size=3),
        pushes=runs,
        begins=st.sampled_from([None, None, OCTOBER_ENDS]),
    )
    def live(
        money: list[Received], costs: list[Spent], pushes: list[tuple[Any, ...]], begins: dt.date | None
    ) -> None:
        live_through(rentaxis, chain, accountant, money, costs, pushes, begins)

    live()
