"""Cases of tenants and programs: who pays, who is who, and who is already in QuickBooks.

The matching QuickBooks customers are in the emulator's demo company; each note says which.
"""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.billing import pay_in_one_transfer
from rentaxis_pipelines.demo.cases.homes import bill, month_of_its_own, newcomer, rent, resident
from rentaxis_pipelines.demo.town import Town, welcome


def split_rent(town: Town) -> None:
    program = town.programs["Trenton Housing Voucher Office"]
    home = newcomer(town, "Yesenia Ortega", program=program)
    month, lease = town.day(2, 1), home.lease_of(town.day(2, 1))
    own = bill(town, home, 2, [rent(home, month, lease.tenant_portion)])
    portion = lease.section_8_portion or Decimal(0)
    line = (f"Housing assistance, {month:%B %Y}", portion, "4010")
    of_program = town.records.bill(program, month, [line], lease=lease)
    town.records.pay_in_full(home.tenant, month.replace(day=3), own)
    pay_in_one_transfer(town.records, program, month, [of_program])
    town.label("split_rent", own, "The tenant's portion of the contract rent.")
    town.label("split_rent", of_program, "The program's portion of the same rent.")


def program_customer(town: Town) -> None:
    program = town.programs["Keystone Rapid Rehousing"]
    program.created_at = town.at(town.day(5, 6), 10)
    home = newcomer(town, "Dwayne Pruitt", program=program, tenant_share=Decimal(0))
    month, lease = month_of_its_own(town, home, 2)
    line = (f"Housing assistance, {month:%B %Y}", lease.rent_amount, "4010")
    invoice = town.records.bill(program, month, [line], lease=lease)
    pay_in_one_transfer(town.records, program, month, [invoice])
    town.label("program_customer", program, "Pays the whole rent of a lease and owes nothing else.")
    town.label("program_customer", invoice, "Billed to the program, though the lease names a tenant.")


def tenant_in_two_organizations(town: Town) -> None:
    home = newcomer(town, "Ingrid Solheim")
    town.label("tenant_in_two_organizations", home.tenant, "Also rents from the second organization.")


def missing_email(town: Town) -> None:
    for name, email in (("Odell Fraser", None), ("Wilhelmina Pike", "")):
        home = newcomer(town, name, None)
        home.tenant.email = email
        town.label("missing_email", home.tenant, "No e-mail address, and no such name in QuickBooks.")


def same_names(town: Town) -> None:
    for email in ("jcarter84@example.com", "james.r.carter@example.net"):
        home = newcomer(town, "James Carter", email)
        town.label(
            "same_names", home.tenant, "Two people with the same name; QuickBooks requires unique names."
        )


def rename(town: Town) -> None:
    home = newcomer(town, "Dana Whitmore-Reyes", "dana.whitmore@example.com")
    invoice = bill(town, home, 3, memo="Rent of Dana Whitmore")
    town.records.pay_in_full(home.tenant, invoice.invoice_date, invoice, method="ach")
    renamed = town.day(1, 14)
    home.tenant.updated_at = town.at(renamed, 12, 30)
    town.label("rename", home.tenant, f"Was Dana Whitmore until {renamed}.")


def name_refused_by_quickbooks(town: Town) -> None:
    for name, email in (
        ("Unit 7: Ferraro Household", "ferraro.household@example.com"),
        ("Aurelio " + "Montalbano-Castellammare " * 4 + "Junior", "aurelio.montalbano@example.com"),
    ):
        home = newcomer(town, name, email)
        town.label("name_refused_by_quickbooks", home.tenant, "A colon, or more than 100 characters.")


def name_with_accents_and_quotes(town: Town) -> None:
    home = newcomer(town, "Renée O'Brien-Søndergård", "renee.obs@example.com; r.obs@example.net")
    town.label(
        "name_with_accents_and_quotes", home.tenant, "An apostrophe in a name breaks careless queries."
    )
    town.label("several_emails", home.tenant, "QuickBooks accepts both addresses, separated by a comma.")


def program_shares_email(town: Town) -> None:
    program = town.programs["Riverbend Housing Authority"]
    home = newcomer(town, "Consuelo Barrientos", program.email, program=program)
    town.label(
        "program_shares_email",
        home.tenant,
        "Has the same e-mail address as the program that pays part of the rent.",
    )
    town.label("program_shares_email", program, "A tenant has the same e-mail address.")


def born_in_quickbooks(town: Town) -> None:
    program = town.programs["Harbor Street Bakery"]
    created = town.at(town.day(5, 11), 16)
    program.created_at = created
    town.records.add(
        t.QuickbooksLink(
            created_at=created, organization=town.records.organization, entity_type="program", entity=program,
            qbo_type="Customer", qbo_id="58", origin="imported",
        )
    )  # fmt: skip
    home = newcomer(
        town, "Tobias Renfrew", "tobias.renfrew(at)example.com", program=program, tenant_share=Decimal("0.5")
    )
    town.label("unfit_email", home.tenant, "QuickBooks does not accept the e-mail address; the row says so.")
    town.label("born_in_quickbooks", program, "Imported from QuickBooks, Customer 58.")


def deleted_tenant(town: Town) -> None:
    created = town.day(3, 9)
    tenant = welcome(town.records, "Florian Voss", "florian.voss@example.com", town.at(created))
    tenant.deleted_at = tenant.updated_at = town.at(created + dt.timedelta(days=4))
    town.label("deleted_source_row", tenant, "Entered by mistake, deleted four days later.")


MATCHES = (  # label, name, e-mail in RentAxis, what QuickBooks has
    ("match_email", "Marisol Alvarez", "Marisol.Alvarez@example.com",
     "'Alvarez, Marisol' with the same e-mail address in different case."),
    ("match_email_of_several", "Hannah Whitfield", "hannah.whitfield@example.com",
     "A customer with two e-mail addresses, one of them this one."),
    ("match_name_only", "Terrence Boyd", None, "The same name without an e-mail address: a person must confirm."),
    ("match_near_name", "Soren Kjaergaard", "soren.kjaergaard@example.com", "A similar name."),
    ("match_two_customers", "Priya Natarajan", "priya.natarajan@example.com",
    "Two customers share this e-mail address."),
    ("match_inactive_customer", "Lucille Okafor", "lucille.okafor@example.com",
     "An inactive customer with this name, without an e-mail address."),
    ("match_vendor_of_that_name", "Grace Lindqvist", "grace.lindqvist@example.com",
     "A vendor has this name; names are unique across customers and vendors."),
)  # fmt: skip


def matches(town: Town) -> None:
    for label, name, email, in_quickbooks in MATCHES:
        home = newcomer(town, name, email)
        town.label(label, home.tenant, in_quickbooks)


def resident_before_the_range(town: Town) -> None:
    home = resident(town, "Salvador Quiroz")
    town.label("customer_before_the_range", home.tenant, "Created years ago; needed by new invoices.")


CASES = (
    split_rent, program_customer, tenant_in_two_organizations, missing_email, same_names, rename,
    name_refused_by_quickbooks, name_with_accents_and_quotes, program_shares_email, born_in_quickbooks,
    deleted_tenant, matches, resident_before_the_range,
)  # fmt: skip
