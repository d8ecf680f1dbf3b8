"""Properties and units that become classes and locations, and are renamed."""

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Place
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import ADA, BEN, a_payment, an_expense, an_invoice


def _at(house: str, name: str, unit: str | None = None) -> Place:
    return Place(house, name, None if unit is None else f"{house}{unit}", unit)


HOUSES = Portfolio(
    payers=(ADA, BEN),
    invoices=(
        an_invoice(1, ADA, "1200.00", place=_at("1", "1 Oak Lane", "A")),
        an_invoice(2, BEN, "980.10", place=_at("1", "1 Oak Lane", "B")),
        an_invoice(3, BEN, "10.00", place=_at("2", "2 Elm Street", "A")),
    ),
    payments=(a_payment(1, ADA, "1200.00", (1, "1200.00")),),
    expenses=(
        an_expense(1, "Ace Plumbing", "310.00", place=_at("1", "1 Oak Lane")),
        an_expense(2, "Ace Plumbing", "45.25", place=_at("3", "3 Ash Court", "C")),
    ),
)

# One house gives up its name and another takes it; a third is new.
RENAMED = Portfolio(
    payers=HOUSES.payers,
    invoices=(
        replace(HOUSES.invoices[0], place=_at("1", "1 Oak Avenue", "A")),
        replace(HOUSES.invoices[1], place=_at("1", "1 Oak Avenue", "B")),
        replace(HOUSES.invoices[2], place=_at("2", "1 Oak Lane", "AA")),
        an_invoice(4, ADA, "5.00", place=_at("4", "2 Elm Street", "A")),
    ),
    payments=HOUSES.payments,
    expenses=(replace(HOUSES.expenses[0], place=_at("1", "1 Oak Avenue")), HOUSES.expenses[1]),
)
