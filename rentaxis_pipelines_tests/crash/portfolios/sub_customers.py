"""Tenants who are customers below that of their property. The policy is on for all portfolios; here tenants have a home."""

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import ADA, BEN, a_payer, a_payment, an_invoice

_TYPES = ("customers", "invoices", "payments")


def _home(house: str, name: str) -> Place:
    return Place(house, name, f"{house}A", "A")


_ADA, _BEN = replace(ADA, home=_home("1", "9 Pine Row")), replace(BEN, home=_home("1", "9 Pine Row"))
_CEM = a_payer(3, "Cem Yılmaz", home=_home("2", "8 Fir Row"))
AT_HOME = Portfolio(
    payers=(_ADA, _BEN),
    invoices=(an_invoice(1, _ADA, "300.00"), an_invoice(2, _BEN, "70.10")),
    payments=(a_payment(1, _ADA, "300.00", (1, "300.00")),),
    expenses=(),
    types=_TYPES,
)
# One tenant moves and stays where the customer is; another comes to a property that had none.
MOVED = Portfolio(
    payers=(_ADA, replace(_BEN, home=_home("2", "8 Fir Row")), _CEM),
    invoices=(*AT_HOME.invoices, an_invoice(3, _CEM, "5.00")),
    payments=AT_HOME.payments,
    expenses=(),
    types=_TYPES,
)
