"""Whatever runs and people do to an invoice, in any order: each version begins where the one before it ended."""

import itertools
from decimal import Decimal
from typing import Literal

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.quickbooks.compare import same_content
from rentaxis_pipelines.sync.edits import keep_seen
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines_tests.sync.pushing.conftest import REALM, PushedCompany

Deed = Literal["push", "force", "push, answer lost", "push, run dies", "edit", "pay", "void", "read"]
DEEDS: list[Deed] = ["push", "force", "push, answer lost", "push, run dies", "edit", "pay", "void", "read"]


class PushedInvoice:
    """One that was pushed, and what may happen to it."""

    def __init__(self, company: PushedCompany, source_id: str) -> None:
        self.company, self.source_id, self.cents = company, source_id, 10_000
        company.push(company.invoice(source_id))
        self.quickbooks_id = company.link("invoice", source_id).quickbooks_id

    def do(self, deed: Deed) -> None:
        match deed:
            case "push":
                self.push()
            case "force":
                self.push(forced=True)
            case "push, answer lost":
                self.company.fault(operation="batch", action="lose_answer", times=1)
                self.push(forced=True)
                self.company.ask("faults", {"clear": True})
            case "push, run dies":
                self.company.fault(operation="batch", action="lose_answer", times=0)
                self.company.fault(operation="query", action="reset", times=0)
                self.push(forced=True)
                self.company.ask("faults", {"clear": True})
                self.read()  # before the next run has settled it
                with self.company.run() as run:
                    recover(run)
            case "edit":
                # The date is ours and refused or overwritten, the due date is the accountant's and stays.
                self.cents += 1
                field = "TxnDate" if self.cents % 2 else "DueDate"
                fields = {field: f"2026-0{1 + self.cents % 9}-15"}
                self.company.hand("edit", entity="Invoice", id=self.quickbooks_id, fields=fields)
            case "pay":
                self.cents += 1
                payment = self.company.payment(f"{self.source_id}-{self.cents}", "1.00", self.quickbooks_id)
                self.company.push(payment)
            case "void":
                self.company.push(self.company.void(self.company.invoice(self.source_id)))
            case "read":
                self.read()

    def push(self, *, forced: bool = False) -> None:
        self.cents += 100
        amount = Decimal(self.cents).scaleb(-2)
        row = self.company.changed(self.company.invoice(self.source_id, f"{amount:.2f}"))
        self.company.push(msgspec.structs.replace(row, forced=forced))

    def read(self) -> None:
        with self.company.run() as run:
            keep_seen(run, "Invoice", run.client.query_in("Invoice", "Id", [self.quickbooks_id]))
            run.connection.commit()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=6), bumps=st.booleans())
def test_each_version_begins_where_the_one_before_ended(company, deeds: list[Deed], bumps: bool) -> None:
    """But for what QuickBooks moves by itself (a balance); after a last read the newest version ends where QuickBooks is."""
    company.ask("switches", {"payment_bumps_invoice": bumps})
    number = len(company.objects("Invoice")) + 1
    invoice = PushedInvoice(company, str(number))
    for deed in deeds:
        invoice.do(deed)
    invoice.read()
    with engine(company.url).connect() as connection:
        chain = versions.of_record(connection, REALM, "invoice", invoice.source_id)
    assert (chain[0].action, chain[0].before) == ("create", None)
    for earlier, later in itertools.pairwise(chain):
        assert later.before is not None, later.action
        assert same_content(earlier.after or {}, later.before), (earlier.action, later.action)
    standing = next(each for each in company.objects("Invoice") if each["Id"] == invoice.quickbooks_id)
    assert same_content(chain[-1].after or {}, standing)
