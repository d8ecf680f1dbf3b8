"""A linked customer that became inactive, was merged or deleted: the row says so, and a person relinks or reactivates."""

from typing import Any

import pytest

from rentaxis_pipelines.ledger import decisions
from rentaxis_pipelines.sync.decisions import DecisionRefused


class Renter:
    """A tenant with one invoice, linked to the customer of his e-mail; later invoices are of the same day."""

    def __init__(self, company: Any, name: str) -> None:
        self.company, self.name, self.day = company, name, company.another_day()
        mail = f"{name.replace(' ', '.').lower()}@example.com"
        self.customer = self.by_hand(name, mail)
        self.key = company.tenant(name, self.day, mail)
        self.sync()

    def by_hand(self, name: str, mail: str | None = None) -> str:
        address = {"PrimaryEmailAddr": {"Address": mail}} if mail else {}
        return self.company.chain.write("Customer", {"DisplayName": name, **address})["Id"]

    def invoice(self) -> tuple[str, str]:
        payer = self.key[0], int(self.key[1])
        return "invoice", str(self.company.rentaxis.invoice(payer, "100.00", day=self.day))

    def sync(self) -> dict[tuple[str, str], Any]:
        return self.company.chain.sync("customers", "invoices", first_day=self.day, last_day=self.day)

    def deed(self, deed: str, **more: Any) -> None:
        self.company.accountant.control(
            "hand", {"deed": deed, "entity": "Customer", "id": self.customer, **more}
        )

    def decide(self, kind: str, quickbooks_id: str | None = None) -> None:
        self.company.chain.decide(kind, *self.key, quickbooks_id)

    def billed_to(self, invoice: tuple[str, str]) -> str:
        return self.company.accountant.of(*invoice)["CustomerRef"]["value"]

    def customers_of_the_name(self) -> int:
        return sum(
            one["DisplayName"].startswith(self.name) for one in self.company.accountant.all("Customer")
        )


OUT_OF_USE = ", which was made inactive in QuickBooks or merged into another customer."


def stands_still(renter: Renter, invoice: tuple[str, str], code: str, says: str) -> None:
    """The tenant's row fails and says why; the invoice waits for it; a person is asked; nobody is made."""
    before = renter.customers_of_the_name()
    rows = renter.sync()
    assert (rows[renter.key].status, rows[renter.key].reason_code) == ("failed", code)
    assert rows[renter.key].reason == f"Tenant {renter.name} is linked to customer '{renter.name}'{says}"
    assert "rentaxis-sync links relink tenant" in rows[renter.key].how_to_fix
    assert (rows[invoice].status, rows[invoice].reason_code) == ("skipped", "waiting_for_parent")
    assert rows[renter.key].reason in rows[invoice].reason
    assert renter.company.chain.questions()[renter.key].reason_code == code
    assert renter.customers_of_the_name() == before


def goes_through(renter: Renter, invoice: tuple[str, str], customer: str) -> None:
    """The next sync pushes what waited, and nothing waits any more."""
    assert renter.sync()[invoice].status == "created"
    assert renter.billed_to(invoice) == customer
    assert renter.key not in renter.company.chain.questions()
    assert not [row for row in renter.sync().values() if row.status in ("created", "updated")]


def gone_as(renter: Renter) -> str:
    return f" (id {renter.customer}), which is no longer in QuickBooks: it was deleted or merged into another customer."


def test_an_inactive_customer_is_reactivated(company) -> None:
    renter = Renter(company, "Ines Halloway")
    renter.deed("deactivate")
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    renter.deed("edit", fields={"Active": True, "DisplayName": "Ines Halloway"})
    goes_through(renter, invoice, renter.customer)


def test_an_inactive_customer_is_replaced_by_relinking(company) -> None:
    """To another inactive one it is refused."""
    renter = Renter(company, "Otis Merriweather")
    other = renter.by_hand("Merriweather Household")
    renter.deed("deactivate")
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    with pytest.raises(DecisionRefused, match=r"is inactive in QuickBooks\. Make it active there first"):
        company.chain.decide("relink", *renter.key, _inactive(company))
    renter.decide("relink", other)
    goes_through(renter, invoice, other)


def test_a_merged_customer_is_relinked_to_the_one_it_was_merged_into(company) -> None:
    """Where QuickBooks does not show it any more."""
    renter = Renter(company, "Petra Vandermeer")
    winner = renter.by_hand("Vandermeer, P.")
    first = renter.invoice()
    assert renter.sync()[first].status == "created"
    company.accountant.control("switches", {"merged_away": "gone"})
    renter.deed("merge", into=winner)
    company.accountant.control("switches", {"merged_away": "inactive"})
    second = renter.invoice()
    stands_still(renter, second, "gone_in_quickbooks", gone_as(renter))
    renter.decide("relink", winner)
    assert renter.sync()[second].status == "created"
    assert (renter.billed_to(first), renter.billed_to(second)) == (winner, winner)
    assert len(company.accountant.all_of(*first)) == 1


def test_a_merged_customer_that_still_reads_as_inactive_is_relinked_too(company) -> None:
    renter = Renter(company, "Petra Overmeer")
    winner = renter.by_hand("Overmeer, P.")
    renter.deed("merge", into=winner)
    invoice = renter.invoice()
    stands_still(renter, invoice, "inactive_reference", OUT_OF_USE)
    renter.decide("relink", winner)
    goes_through(renter, invoice, winner)


def test_a_deleted_customer_is_unlinked_and_made_new(company) -> None:
    """A person says so; by itself nothing is made in its place."""
    renter = Renter(company, "Quincy Abernethy")
    renter.deed("delete")
    invoice = renter.invoice()
    stands_still(renter, invoice, "gone_in_quickbooks", gone_as(renter))
    renter.decide("unlink")
    rows = renter.sync()
    assert (rows[renter.key].status, rows[invoice].status) == ("created", "created")
    assert renter.billed_to(invoice) == rows[renter.key].quickbooks_id != renter.customer
    with company.chain.run() as run:
        (kept,) = decisions.history(run.connection, run.realm, *renter.key)
    assert (kept.kind, kept.who, kept.why, kept.quickbooks_id) == (
        "unlink", "Dana Reyes", "as the tenant says", renter.customer,
    )  # fmt: skip


@pytest.mark.parametrize("deed", [{"deed": "delete"}, {"deed": "merge", "into": "3"}])
def test_a_candidate_that_vanished_meanwhile_cannot_be_confirmed(company, deed: dict[str, str]) -> None:
    """Refused with the reason, nothing kept; the next sync no longer suggests it."""
    day, name = company.another_day(), f"Xaver {deed['deed'].title()}"
    candidate = company.chain.write("Customer", {"DisplayName": name})["Id"]
    key = company.tenant(name, day)
    company.chain.sync("customers", first_day=day, last_day=day)
    assert [one.quickbooks_id for one in company.chain.questions()[key].candidates] == [candidate]
    company.accountant.control("switches", {"merged_away": "gone"})
    company.accountant.control("hand", {**deed, "entity": "Customer", "id": candidate})
    company.accountant.control("switches", {"merged_away": "inactive"})
    with pytest.raises(
        DecisionRefused, match=f"QuickBooks has no customer {candidate}: it was deleted or merged"
    ):
        company.chain.decide("confirm", *key, candidate)
    with company.chain.run() as run:
        assert decisions.history(run.connection, run.realm, *key) == []
    assert company.chain.sync("customers", first_day=day, last_day=day)[key].status == "created"
    assert key not in company.chain.questions()


def _inactive(company: Any) -> str:
    found = company.chain.write("Customer", {"DisplayName": "Long Gone"})
    company.accountant.control("hand", {"deed": "deactivate", "entity": "Customer", "id": found["Id"]})
    return found["Id"]
