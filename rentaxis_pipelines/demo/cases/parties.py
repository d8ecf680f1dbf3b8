"""Cases of what else is known of tenants and vendors: their property, addresses in parts, terms, what form 1099 asks for."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo.cases.expenses import spend
from rentaxis_pipelines.demo.cases.homes import charge, resident
from rentaxis_pipelines.demo.town import Town


def sub_customer(town: Town) -> None:
    home = resident(town, "Augustin Leroy")
    town.label("sub_customer", home.tenant, "Its lease says under which property's customer it belongs.")


def billing_address(town: Town) -> None:
    tenant = resident(town, "Delphine Marsh").tenant
    tenant.mailing_street, tenant.mailing_city = "P.O. Box 418", "Princeton"
    tenant.mailing_state, tenant.mailing_zip = "NJ", "08542"
    town.label("billing_address", tenant, "Gets mail at another address, kept in parts.")

    vendor = town.vendors["Delaware Valley Roofing"]
    vendor.mailing_street, vendor.mailing_city = "18 Quarry Road", "Morrisville"
    vendor.mailing_state, vendor.mailing_zip = "PA", "19067"
    town.label("billing_address", vendor, "An address kept in parts.")


def terms(town: Town) -> None:
    home, day = resident(town, "Philippa Nkemelu"), town.day(0, 9)
    invoice = charge(town, home, day, ("Garage remote", Decimal("65.00"), "4900"), due=day)
    invoice.terms = "Due on receipt"
    town.records.pay_in_full(home.tenant, day, invoice, method="ach")
    town.label("terms", invoice, "Due on the day it was sent.")

    vendor = town.vendors["Green Acre Landscaping"]
    vendor.terms = "Net 30"
    town.label("terms", vendor, "Its bills are due in 30 days unless they say otherwise.")
    expense = spend(town, (0, 20), "265.00", "5300", vendor.name, "Hedges trimmed", place=2)
    expense.terms, expense.due_date = "Net 15", expense.expense_date + dt.timedelta(days=15)
    town.label("terms", expense, "A bill with terms of its own.")


def vendor_1099(town: Town) -> None:
    contractor, cleaner = (
        town.vendors[name] for name in ("Garden State Electric Repair", "Sparkle & Shine Cleaning")
    )
    contractor.is_1099, contractor.tax_id = True, "00-1234567"  # no EIN begins with 00
    spend(town, (0, 22), "410.00", "5000", contractor.name, "Hallway lights rewired", place=6, method="check")
    town.label("vendor_1099", contractor, "Form 1099 asks for what this contractor is paid.")
    cleaner.is_1099, cleaner.tax_id = True, "applied for"
    town.label("vendor_1099_unfit", cleaner, "What is kept as its tax ID is not one.")


CASES = (sub_customer, billing_address, terms, vendor_1099)
