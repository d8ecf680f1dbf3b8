"""Cases of payments: partial, combined, credits, edits, voids, and returned money."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.cases.homes import bill, resident
from rentaxis_pipelines.demo.town import Town


def part_payment(town: Town) -> None:
    home = resident(town, "Delphine Marsh")
    invoice = bill(town, home, 0)
    day = invoice.invoice_date.replace(day=5)
    payment = town.records.receive(
        home.tenant, day, Decimal(600), [(invoice, Decimal(600))], reference="2231"
    )
    town.label("part_payment", invoice, "Partly paid.")
    town.label("part_payment", payment, "Covers part of one invoice.")
    town.label("check_number", payment, "Paid by a numbered check.")


def one_payment_many_invoices(town: Town) -> None:
    home = resident(town, "Alistair Boone")
    invoices = [bill(town, home, months_back) for months_back in (4, 3, 2)]
    day = town.day(2, 16)
    payment = town.records.pay_in_full(
        home.tenant, day, *invoices, method="money_order", reference="MO 55210377"
    )
    town.label("one_payment_many_invoices", payment, "Three months of rent at once.")


def overpayment(town: Town) -> None:
    home = resident(town, "Vivienne Locke")
    invoice = bill(town, home, 1)
    amount, over = invoice.total_amount + 150, Decimal(150)
    day = invoice.invoice_date.replace(day=2)
    payment = town.records.receive(home.tenant, day, amount, [(invoice, invoice.total_amount)], method="cash")
    _credit(town, payment, over, remaining=over)
    town.label("overpayment", payment, "150.00 more than the invoice, kept as a credit, not used yet.")


def credit_used_later(town: Town) -> None:
    home = resident(town, "Barnaby Hollis")
    first, second = bill(town, home, 3), bill(town, home, 2)
    day, later = first.invoice_date.replace(day=3), second.invoice_date.replace(day=3)
    over = Decimal("212.40")
    payment = town.records.receive(home.tenant, day, first.total_amount + over, [(first, first.total_amount)])
    town.records.apply(payment, second, over, day=later)
    payment.updated_at = town.at(later, 15)
    _credit(town, payment, over, remaining=Decimal(0))
    rest = second.total_amount - over
    town.records.receive(home.tenant, later, rest, [(second, rest)])
    town.label("credit_used_later", payment, "The excess was applied to next month's invoice.")


def payment_edited(town: Town) -> None:
    home = resident(town, "Araminta Shaw")
    invoice = bill(town, home, 1)
    day = invoice.invoice_date.replace(day=4)
    payment = town.records.receive(home.tenant, day, invoice.total_amount, [], reference="418")
    wrong = town.records.apply(payment, invoice, invoice.total_amount - 90)
    edited = town.at(day + dt.timedelta(days=2), 15)
    wrong.deleted_at = wrong.updated_at = payment.updated_at = edited
    town.records.apply(payment, invoice, invoice.total_amount, day=day + dt.timedelta(days=2))
    town.label("payment_edited", payment, "Applied 90.00 too low, corrected two days later.")


def payment_void(town: Town) -> None:
    home = resident(town, "Lysander Cobb")
    invoice = bill(town, home, 1)
    day = invoice.invoice_date.replace(day=3)
    payment = town.records.receive(home.tenant, day, invoice.total_amount, [], reference="77", status="void")
    released = town.records.apply(payment, invoice, payment.amount)
    payment.void_reason = "Check returned by the bank"
    payment.voided_at = payment.updated_at = town.at(day + dt.timedelta(days=6), 9, 10)
    released.deleted_at = released.updated_at = payment.voided_at
    town.label("payment_void", payment, "Voided with a reason; its invoice is open again.")
    town.label("void_with_a_reason", payment, "The reason must appear in QuickBooks too.")


def refund_status(town: Town) -> None:
    home = resident(town, "Ottoline Price")
    for months_back, status in ((3, "refunded"), (2, "failed"), (1, "pending")):
        invoice = bill(town, home, months_back)
        day = invoice.invoice_date.replace(day=2)
        payment = town.records.pay_in_full(home.tenant, day, invoice, method="stripe", status=status)
        payment.stripe_payment_id = payment.reference = f"pi_demo{status}"
        town.label("refund_status", payment, f"Status {status}: not money received.")


def stripe_fees(town: Town) -> None:
    home = resident(town, "Araminta Shaw")
    invoice = bill(town, home, 2)
    payment = town.records.pay_in_full(
        home.tenant, invoice.invoice_date, invoice, method="stripe", reference="pi_demo3QcLs8Fk20Tz"
    )
    payment.stripe_payment_id = payment.reference
    town.label("stripe_fees", payment, "Gross in the clearing account; the bank receives less.")
    fee = (payment.amount * Decimal("0.029")).quantize(Decimal("0.01")) + Decimal("0.30")
    _deposit(
        town, "payout", payment.payment_date + dt.timedelta(days=2), [payment], fee, reference="po_demo1NfYw2"
    )


def checks_deposited_together(town: Town) -> None:
    homes = [resident(town, "Araminta Shaw"), resident(town, "Leopold Wolfe")]
    day = town.day(3, 6)
    checks = [
        town.records.receive(home.tenant, day, Decimal(amount), [], method="check", reference=number)
        for home, amount, number in zip(homes, ("40.00", "65.00"), ("5107", "884"), strict=True)
    ]
    for payment in checks:
        payment.deposit_account = None  # the sync puts them into Undeposited Funds
    _deposit(town, "batch", day + dt.timedelta(days=1), checks, Decimal(0), reference="Slip 31")
    for payment in checks:
        town.label("checks_deposited_together", payment, "Two checks that the bank shows as one deposit.")


def _deposit(
    town: Town, kind: str, day: dt.date, payments: list[t.Payment], fee: Decimal, reference: str
) -> None:
    made = town.at(day, 7)
    deposit = town.records.add(
        t.BankDeposit(
            created_at=made, organization=town.records.organization, kind=kind, deposit_date=day,
            account=town.records.accounts["1000"], fee=fee, reference=reference,
            total=sum((payment.amount for payment in payments), Decimal(0)) - fee,
        )
    )  # fmt: skip
    for payment in payments:
        town.records.add(
            t.BankDepositPayment(created_at=made, deposit=deposit, payment=payment, amount=payment.amount)
        )


def payment_for_another_payer(town: Town) -> None:
    home = resident(town, "Peregrine Wolfe")
    payer = resident(town, "Leopold Wolfe")
    invoice = bill(town, home, 1)
    day = invoice.invoice_date.replace(day=4)
    payment = town.records.pay_in_full(payer.tenant, day, invoice, reference="3007")
    town.label(
        "payment_for_another_payer",
        payment,
        "A father's check for his son's rent: two customers in QuickBooks.",
    )


def rent_paid_early(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    invoice = bill(town, home, 1)
    day = invoice.invoice_date - dt.timedelta(days=1)
    payment = town.records.pay_in_full(home.tenant, day, invoice, reference="1188")
    town.label("rent_paid_early", payment, "Received on the last day of the previous month.")


def payment_on_a_void_invoice(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.day(2, 12)
    invoice = town.records.bill(home.tenant, day, [("Key replaced", Decimal("35.00"), "4200")])
    payment = town.records.pay_in_full(home.tenant, day, invoice)
    town.records.void(invoice, day + dt.timedelta(days=3), "Billed to the wrong unit")
    town.label(
        "payment_on_a_void_invoice", payment, "Still applied to a voided invoice: a person has to move it."
    )


def deleted_payment(town: Town) -> None:
    home = resident(town, "Cordelia Vance")
    day = town.day(1, 22)
    payment = town.records.receive(home.tenant, day, Decimal("75.00"), [], method="cash")
    payment.deleted_at = payment.updated_at = town.at(day, 18)
    town.label("deleted_source_row", payment, "Entered twice; the duplicate was deleted.")


def payment_returned(town: Town) -> None:
    home = resident(town, "Delphine Marsh")
    invoice = bill(town, home, 3)
    day = invoice.invoice_date.replace(day=3)
    payment = town.records.receive(home.tenant, day, invoice.total_amount, [], method="ach", status="failed")
    released = town.records.apply(payment, invoice, payment.amount)
    payment.returned_on = day + dt.timedelta(days=5)
    payment.return_reason, payment.return_fee = "ach_return", Decimal(15)
    payment.updated_at = released.deleted_at = released.updated_at = town.at(payment.returned_on, 9, 10)
    town.records.pay_in_full(
        home.tenant, payment.returned_on + dt.timedelta(days=4), invoice, reference="2230"
    )
    town.label(
        "payment_returned",
        payment,
        "Taken back by the bank five days later, with a fee; paid again by check.",
    )


def payment_refunded(town: Town) -> None:
    home = resident(town, "Barnaby Hollis")
    over, paid = bill(town, home, 5), bill(town, home, 4)
    first = town.records.receive(
        home.tenant, over.invoice_date.replace(day=3), over.total_amount + 60, [(over, over.total_amount)]
    )
    second = town.records.pay_in_full(home.tenant, paid.invoice_date.replace(day=3), paid)
    for payment, amount, said in (
        (first, Decimal(60), "The excess was paid back a week later."),
        (second, Decimal(100), "Part of the rent was paid back; the invoice stays paid."),
    ):
        day = payment.payment_date + dt.timedelta(days=7)
        refund = town.records.add(
            t.PaymentRefund(
                created_at=town.at(day, 10), payment=payment, refund_date=day, amount=amount, method="check",
                account=payment.deposit_account,
            )
        )  # fmt: skip
        payment.updated_at = refund.created_at
        town.label("payment_refunded", payment, said)


def _credit(town: Town, payment: t.Payment, amount: Decimal, *, remaining: Decimal) -> None:
    tenant = payment.payer if isinstance(payment.payer, t.Tenant) else None
    town.records.add(
        t.TenantCredit(
            created_at=payment.created_at, updated_at=payment.updated_at,
            organization=town.records.organization,
            tenant=tenant, source_payment=payment, amount=amount, remaining=remaining,
        )
    )  # fmt: skip


CASES = (
    part_payment, one_payment_many_invoices, overpayment, credit_used_later, payment_edited, payment_void,
    refund_status, stripe_fees, checks_deposited_together, payment_for_another_payer, rent_paid_early, payment_on_a_void_invoice,
    deleted_payment, payment_returned, payment_refunded,
)  # fmt: skip
