"""A linked customer that became inactive, was merged or deleted: the row says so, and a person relinks or reactivates."""

from typing import Any

import pytest

from rentaxis_pipelines.ledger import decisions
from rentaxis_pipelines.sync.decisions import DecisionRefused


class Renter:
    """A tenant with one invoice, linked to the customer of his e-mail; later invoices are of the same day."""

    def __init__(self, office: Any, name: str) -> None:
        self.office, self.name, self.day = office, name, office.another_day()
        mail = f"{name.replace(' ', '.').lower()}@example.com"
        self.customer = self.by_hand(name, mail)
        self.key = office.tenant(name, self.day, mail)
        self.sync()

    def by_hand(self, name: str, mail: str | None = None) -> str:
        address = {"PrimaryEmailAddr": {"Address": mail}} if mail else {}
        return self.office.chain.write("Customer", {"DisplayName": name, **address})["Id"]

    def invoice(self) -> tuple[str, str]:
        payer = self.key[0], int(self.key[1])
        return "invoice", str(self.office.rentaxis.invoice(payer, "100.00", day=self.day))

    def sync(self) -> dict[tuple[str, str], Any]:
        return self.office.chain.sync("customers", "invoices", first_day=self.day, last_day=self.day)

    def deed(self, deed: str, **more: Any) -> None:
        self.office.books.control("hand", {"deed": deed, "entity": "Customer", "id": self.customer, **more})

    def decide(self, kind: str, quickbooks_id: str | None = None) -> None:
        self.office.chain.decide(kind, *self.key, quickbooks_id)

    def billed_to(self, invoice: tuple[str, str]) -> str:
        return self.office.books.of(*invoice)["CustomerRef"]["value"]

    def customers_of_the_name(self) -> int:
        return sum(one["DisplayName"].startswith(self.name) for one in self.office.books.all("Customer"))


OUT_OF_USE = ", which was made inactive in QuickBooks, or merged into another."


def stands_still(renter: Renter, invoice: tuple[str, str], code: str, says: str) -> None:
    """The tenant's row fails and says why; the invoice waits for it; a person is asked; nobody is made."""
    before = renter.customers_of_the_name()
    rows = renter.sync()
    assert (rows[renter.key].status, rows[renter.key].reason_code) == ("failed", code)
    assert rows[renter.key].reason == f"Tenant {renter.name} is linked to customer '{renter.name}'{says}"
    assert "rentaxis-sync links relink tenant" in rows[renter.key].how_to_fix
    assert (rows[invoice].status, rows[invoice].reason_code) == ("skipped", "waiting_for_parent")
    assert rows[renter.key].reason in rows[invoice].reason
    assert renter.office.chain.questions()[renter.key].reason_code == code
    assert renter.customers_of_the_name() == before


def goes_through(renter: Renter, invoice: tuple[str, str], customer: str) -> None:
    """The next sync pushes what waited, and nothing waits any more."""
    assert renter.sync()[invoice].status == "created"
    assert renter.billed_to(invoice) == customer
    assert renter.key not in renter.office.chain.questions()
    assert not [row for row in renter.sync().values() if row.status in ("created", "updated")]


def gone_as(renter: Renter) -> str:
    return f" (number {renter.customer}), which is no longer in QuickBooks: it was deleted, or merged into another."


def test_an_inactive_customer_is_reactivated(office) -> None:
    renter = Renter(office, "Ines Halloway")
    renter.deed("deactivate")
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    renter.deed("edit", fields={"Active": True, "DisplayName": "Ines Halloway"})
    goes_through(renter, invoice, renter.customer)


def test_an_inactive_customer_is_replaced_by_relinking(office) -> None:
    """To another inactive one it is refused."""
    renter = Renter(office, "Otis Merriweather")
    other = renter.by_hand("Merriweather Household")
    renter.deed("deactivate")
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    with pytest.raises(DecisionRefused, match=r"is inactive in QuickBooks\. Make it active there first"):
        office.chain.decide("relink", *renter.key, _inactive(office))
    renter.decide("relink", other)
    goes_through(renter, invoice, other)


def test_a_merged_customer_is_relinked_to_the_one_it_was_merged_into(office) -> None:
    """Where QuickBooks does not show it any more."""
    renter = Renter(office, "Petra Vandermeer")
    winner = renter.by_hand("Vandermeer, P.")
    first = renter.invoice()
    assert renter.sync()[first].status == "created"
    office.books.control("switches", {"merged_away": "gone"})
    renter.deed("merge", into=winner)
    office.books.control("switches", {"merged_away": "inactive"})
    second = renter.invoice()
    stands_still(renter, second, "gone_in_quickbooks", gone_as(renter))
    renter.decide("relink", winner)
    assert renter.sync()[second].status == "created"
    assert (renter.billed_to(first), renter.billed_to(second)) == (winner, winner)
    assert len(office.books.all_of(*first)) == 1


def test_a_merged_customer_that_still_reads_as_inactive_is_relinked_too(office) -> None:
    renter = Renter(office, "Petra Overmeer")
    winner = renter.by_hand("Overmeer, P.")
    renter.deed("merge", into=winner)
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    renter.decide("relink", winner)
    goes_through(renter, invoice, winner)


def test_a_deleted_customer_is_unlinked_and_made_new(office) -> None:
    """A person says so; by itself nothing is made in its place."""
    renter = Renter(office, "Quincy Abernethy")
    renter.deed("delete")
    invoice = renter.invoice()
    stands_still(renter, invoice, "gone_in_quickbooks", gone_as(renter))
    renter.decide("unlink")
    rows = renter.sync()
    assert (rows[renter.key].status, rows[invoice].status) == ("created", "created")
    assert renter.billed_to(invoice) == rows[renter.key].quickbooks_id != renter.customer
    with office.chain.run() as run:
        (kept,) = decisions.history(run.connection, run.realm, *renter.key)
    assert (kept.kind, kept.who, kept.why, kept.quickbooks_id) == (
        "unlink", "Dana Reyes", "as the tenant says", renter.customer,
    )  # fmt: skip


@pytest.mark.parametrize("deed", [{"deed": "delete"}, {"deed": "merge", "into": "3"}])
def test_a_candidate_that_vanished_meanwhile_cannot_be_confirmed(office, deed: dict[str, str]) -> None:
    """Refused with the reason, nothing kept; the next sync no longer suggests it."""
    day, name = office.another_day(), f"Xaver {deed['deed'].title()}"
    candidate = office.chain.write("Customer", {"DisplayName": name})["Id"]
    key = office.tenant(name, day)
    office.chain.sync("customers", first_day=day, last_day=day)
    assert [one.quickbooks_id for one in office.chain.questions()[key].candidates] == [candidate]
    office.books.control("switches", {"merged_away": "gone"})
    office.books.control("hand", {**deed, "entity": "Customer", "id": candidate})
    office.books.control("switches", {"merged_away": "inactive"})
    with pytest.raises(
        DecisionRefused, match=f"QuickBooks has no customer {candidate}: it was deleted or merged"
    ):
        office.chain.decide("confirm", *key, candidate)
    with office.chain.run() as run:
        assert decisions.history(run.connection, run.realm, *key) == []
    assert office.chain.sync("customers", first_day=day, last_day=day)[key].status == "created"
    assert key not in office.chain.questions()


def _inactive(office: Any) -> str:
    found = office.chain.write("Customer", {"DisplayName": "Long Gone"})
    office.books.control("hand", {"deed": "deactivate", "entity": "Customer", "id": found["Id"]})
    return found["Id"]
