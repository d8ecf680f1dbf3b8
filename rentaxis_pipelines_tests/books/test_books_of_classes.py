"""Classes and locations that follow houses and units by themselves, as an accountant sees them in QuickBooks."""

import itertools

import pytest

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import SettingsProblem, check_words
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.lookups import words_in_use
from rentaxis_pipelines.sync.planning.plan_places import context_for_check
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines_tests.support.accountant import money, one

_houses = itertools.count(100)


@pytest.fixture
def house(rentaxis):
    """A new house; returns its id, and that of its unit."""

    def build(address: str, unit: str = "1A") -> tuple[int, int]:
        number = next(_houses)
        rentaxis.add("properties", id=number, organization_id=1, street_address=address)
        rentaxis.add("units", id=number, property_id=number, unit_number=unit)
        return number, number

    return build


def class_of(document) -> str | None:
    """Full name of the class of a document's only line."""
    line = document["Line"][0]
    detail = line.get("SalesItemLineDetail") or line["AccountBasedExpenseLineDetail"]
    return detail["ClassRef"]["name"] if "ClassRef" in detail else None


def listed(accountant, address: str, entity: str = "Class") -> list[str]:
    """Full names of those of a house and its units."""
    names = (found["FullyQualifiedName"] for found in accountant.all(entity))
    return sorted(name for name in names if name.startswith(address))


def writes(result) -> list[str]:
    """What a run wrote, by label."""
    return sorted(found.source_label for found in result.values() if found.status in ("created", "updated"))


def test_the_class_of_a_house_is_made_before_the_rent_that_carries_it(
    rentaxis, sync, accountant, mappings, house
) -> None:
    """Named after the address, one row of its own, once for all records of the house; a second run writes nothing."""
    mappings(class_by="property", make_missing=True)
    number, unit = house("1 Class Road")
    payer = rentaxis.tenant("Class Payer")
    invoices = [rentaxis.invoice(payer, "700.00", unit_id=unit) for _ in range(2)]
    expense = rentaxis.expense("30.00", property_id=number)
    result = sync()
    row = result["property_class", str(number)]
    assert (row.record_type, row.status, row.source_label) == ("classes", "created", "Class 1 Class Road")
    for document in (
        *(accountant.of("invoice", each) for each in invoices),
        accountant.of("expense", expense),
    ):
        assert class_of(document) == "1 Class Road"
        assert "DepartmentRef" not in document
    assert listed(accountant, "1 Class Road") == ["1 Class Road"]
    assert writes(sync()) == []


def test_a_unit_is_a_class_below_its_house(rentaxis, sync, accountant, mappings, house) -> None:
    """Invoices carry the unit; an expense of the whole house carries the house. Two houses may have a unit of the same number."""
    mappings(class_by="unit", location_by="property", make_missing=True)
    payer = rentaxis.tenant("Unit Payer")
    first, second = house("2 Class Road", "4B"), house("3 Class Road: Annex", "4B")
    invoices = [rentaxis.invoice(payer, "700.00", unit_id=unit) for _, unit in (first, second)]
    expense = rentaxis.expense("30.00", property_id=first[0])
    sync()
    found = [accountant.of("invoice", invoice) for invoice in invoices]
    assert [class_of(each) for each in found] == ["2 Class Road:4B", "3 Class Road - Annex:4B"]
    assert [each["DepartmentRef"]["name"] for each in found] == ["2 Class Road", "3 Class Road - Annex"]
    assert class_of(accountant.of("expense", expense)) == "2 Class Road"
    assert accountant.of("expense", expense)["DepartmentRef"]["name"] == "2 Class Road"
    assert writes(sync()) == []


def test_one_of_that_name_is_used_and_renamed_with_its_house(
    chain, rentaxis, sync, accountant, mappings, house
) -> None:
    """Nothing is made beside it. What a person renames in QuickBooks keeps the person's name."""
    mappings(class_by="property", make_missing=True)
    there = chain.write("Class", {"Name": "4 class road"})
    number, unit = house("4 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Found Payer"), "10.00", unit_id=unit)
    result = sync()
    assert ("property_class", str(number)) not in result
    rentaxis.change("properties", number, street_address="4 Class Street")
    result = sync()
    assert result["property_class", str(number)].status == "updated"
    detail = accountant.of("invoice", invoice)["Line"][0]["SalesItemLineDetail"]
    assert detail["ClassRef"] == {"value": there["Id"], "name": "4 Class Street"}
    assert writes(sync()) == []
    standing = one(found for found in accountant.all("Class") if found["Id"] == there["Id"])
    chain.write("Class", {"Id": there["Id"], "SyncToken": standing["SyncToken"], "Name": "Elm Portfolio"})
    assert writes(sync()) == []
    rentaxis.change("properties", number, street_address="4 Class Avenue")
    assert ("property_class", str(number)) not in sync()
    assert class_of(accountant.of("invoice", invoice)) == "Elm Portfolio"
    assert writes(sync()) == []


def test_two_houses_of_one_address_are_two_classes(rentaxis, sync, accountant, mappings, house) -> None:
    """The second says whose it is, so that no two houses share one."""
    mappings(class_by="property", make_missing=True)
    payer = rentaxis.tenant("Twin Payer")
    first, second = house("5 Class Road"), house("5 class road")
    invoices = [rentaxis.invoice(payer, "700.00", unit_id=unit) for _, unit in (first, second)]
    sync()
    assert [class_of(accountant.of("invoice", each)) for each in invoices] == [
        "5 Class Road",
        f"5 class road (property {second[0]})",
    ]
    assert writes(sync()) == []


def test_what_the_company_file_names_wins(rentaxis, sync, accountant, mappings, house) -> None:
    """For a house, all its units too; nothing is made for it. A place typed by hand, and no place at all, have no class."""
    mappings(
        class_by="unit",
        make_missing=True,
        properties={"6 Class Road": {"class": "Residential"}},
    )
    _, unit = house("6 Class Road")
    payer = rentaxis.tenant("Mapped Payer")
    mapped = rentaxis.invoice(payer, "1.00", unit_id=unit)
    nowhere = rentaxis.invoice(payer, "2.00", unit_id=None)
    typed = rentaxis.expense("3.00", property_id=None, custom_property_name="The old barn")
    sync()
    assert class_of(accountant.of("invoice", mapped)) == "Residential"
    assert class_of(accountant.of("invoice", nowhere)) is None
    assert class_of(accountant.of("expense", typed)) is None
    assert listed(accountant, "6 Class Road") == listed(accountant, "The old barn") == []


def said_by_check(chain) -> dict[str, SettingsProblem]:
    """What ``rentaxis-sync check`` says of the records in RentAxis, by key path."""
    with snapshot(chain.environment.rentaxis_database_url.get_secret_value()) as source:
        words = words_in_use(source, "1", None)
    with chain.run() as run:
        context = Context(chain.company, references_of(run.connection, run.realm))
        places = [word.place for word in words if word.place is not None]
        context = context_for_check(run.connection, run.realm, context, places)
    return {problem.key_path: problem for problem in check_words(context, words)}


def test_without_make_missing_a_missing_class_fails_the_row_by_name(
    chain, rentaxis, sync, accountant, mappings, house
) -> None:
    """Nothing is made. Once a person makes it, the row goes. ``check`` says it before, with the rows behind it, and no more after."""
    mappings(class_by="unit")
    _, unit = house("7 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Missing Payer"), "10.00", unit_id=unit)
    row = sync()["invoice", str(invoice)]
    assert (row.status, row.reason_code) == ("failed", "missing_mapping")
    assert "no class '7 Class Road'" in (row.reason or "")
    assert "make_missing" in (row.how_to_fix or "")
    problem = said_by_check(chain)["mappings.properties.7 Class Road.class"]
    assert (problem.rows, problem.money, problem.reason) == (1, money("10.00"), row.reason)
    parent = chain.write("Class", {"Name": "7 Class Road"})
    assert "no class '7 Class Road:1A'" in (sync()["invoice", str(invoice)].reason or "")
    chain.write("Class", {"Name": "1A", "SubClass": True, "ParentRef": {"value": parent["Id"]}})
    assert sync()["invoice", str(invoice)].status == "created"
    assert class_of(accountant.of("invoice", invoice)) == "7 Class Road:1A"
    assert not [key for key in said_by_check(chain) if "7 Class Road" in key]


def test_a_class_made_inactive_fails_the_rows_of_its_house_by_name(
    chain, rentaxis, sync, accountant, mappings, house
) -> None:
    """None is made in its place: whoever made it inactive decides."""
    mappings(class_by="property", make_missing=True)
    _, unit = house("8 Class Road")
    payer = rentaxis.tenant("Inactive Payer")
    rentaxis.invoice(payer, "10.00", unit_id=unit)
    sync()
    standing = one(found for found in accountant.all("Class") if found["Name"] == "8 Class Road")
    chain.write(
        "Class", {"Id": standing["Id"], "SyncToken": standing["SyncToken"], "Active": False, "sparse": True}
    )
    later = rentaxis.invoice(payer, "11.00", unit_id=unit)
    row = sync()["invoice", str(later)]
    assert (row.status, row.reason_code) == ("failed", "inactive_reference")
    assert "8 Class Road" in (row.reason or "")
    rentaxis.ask("UPDATE invoices SET status = 'draft' WHERE unit_id = %s", unit)


def test_nothing_is_made_for_a_record_that_does_not_go(rentaxis, sync, accountant, mappings, house) -> None:
    """A draft, one before the go-live, one that lacks a mapping: the list of classes stays short."""
    mappings(class_by="unit", location_by="unit", make_missing=True)
    _, unit = house("9 Class Road")
    payer = rentaxis.tenant("Idle Payer")
    draft = rentaxis.invoice(payer, "10.00", unit_id=unit, status="draft")
    unmapped = rentaxis.expense("5.00", "5999", property_id=unit)
    result = sync()
    assert result["invoice", str(draft)].status == "skipped"
    assert result["expense", str(unmapped)].reason_code == "missing_mapping"
    assert listed(accountant, "9 Class Road") == listed(accountant, "9 Class Road", "Department") == []


def test_a_preview_makes_nothing_and_says_what_it_would(rentaxis, sync, accountant, mappings, house) -> None:
    """The class has its row in the preview."""
    mappings(class_by="property", make_missing=True)
    number, unit = house("10 Class Road")
    rentaxis.invoice(rentaxis.tenant("Preview Payer"), "10.00", unit_id=unit)
    row = sync(preview=True)["property_class", str(number)]
    assert (row.action, row.reason_code) == ("create", "preview")
    assert listed(accountant, "10 Class Road") == []
    sync()
    assert listed(accountant, "10 Class Road") == ["10 Class Road"]


def test_class_by_switched_on_later_leaves_closed_months_alone(
    rentaxis, sync, accountant, mappings, house, closed_books
) -> None:
    """What stands in a closed month counts as unchanged, and no class is made for it; open months are brought up to date."""
    number, unit = house("11 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Closed Payer"), "70.00", unit_id=unit)
    expense = rentaxis.expense("8.00", property_id=number)
    sync()
    closed_books("2026-05-31")
    mappings(class_by="property", location_by="property", make_missing=True)
    result = sync()
    for key in (("invoice", str(invoice)), ("expense", str(expense))):
        assert (result[key].status, result[key].reason_code) == ("skipped", "unchanged")
    assert listed(accountant, "11 Class Road") == []
    closed_books(None)
    sync()
    assert (
        class_of(accountant.of("invoice", invoice))
        == class_of(accountant.of("expense", expense))
        == "11 Class Road"
    )
    assert writes(sync()) == []


def test_tracking_switched_off_is_said_by_the_row(rentaxis, sync, accountant, mappings, house) -> None:
    """A record that is to have a class is not pushed without it; it goes once tracking is on."""
    mappings(class_by="property", make_missing=True)
    _, unit = house("12 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Untracked Payer"), "10.00", unit_id=unit)
    tracking = {"deed": "prefer", "group": "AccountingInfoPrefs", "name": "ClassTrackingPerTxnLine"}
    accountant.control("hand", {**tracking, "value": False})
    row = sync()["invoice", str(invoice)]
    assert (row.status, row.reason_code) == ("failed", "missing_mapping")
    assert "class tracking is off in QuickBooks" in (row.reason or "")
    assert "Track classes" in (row.how_to_fix or "")
    assert listed(accountant, "12 Class Road") == []
    accountant.control("hand", {**tracking, "value": True})
    assert sync()["invoice", str(invoice)].status == "created"
    assert class_of(accountant.of("invoice", invoice)) == "12 Class Road"


def test_a_class_quickbooks_refuses_is_said_on_its_row_and_on_those_that_need_it(
    rentaxis, sync, accountant, mappings, house
) -> None:
    """Too many classes, say: neither is pushed without, nor is anything silent; it goes once QuickBooks takes it."""
    mappings(class_by="unit", make_missing=True)
    number, unit = house("13 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Refused Payer"), "10.00", unit_id=unit)
    expense = rentaxis.expense("5.00", property_id=number)
    fault = {
        "type": "ValidationFault",
        "Error": [{"Message": "Business Validation Error", "Detail": "Too many", "code": "6000"}],
    }
    rule = {"action": "fault_items", "items": [0], "operation": "batch", "entity": "Class", "body": fault}
    accountant.control("faults", [{**rule, "contains": "13 Class Road", "times": 0}])
    result = sync()
    accountant.control("faults", {"clear": True})
    assert result["property_class", str(number)].status == "failed"
    for key in (("invoice", str(invoice)), ("expense", str(expense))):
        assert (result[key].status, result[key].reason_code) == ("failed", "missing_mapping")
        assert "class" in (result[key].reason or "").lower()
    assert "Too many" in (result["property_class", str(number)].reason or "")
    sync()
    assert class_of(accountant.of("invoice", invoice)) == "13 Class Road:1A"
    assert class_of(accountant.of("expense", expense)) == "13 Class Road"
    assert writes(sync()) == []


def test_a_ledger_that_lost_its_links_finds_the_classes_again(
    chain, rentaxis, sync, accountant, mappings, house
) -> None:
    """Also those of two houses of one address, whichever comes first: nothing is made beside them, nothing written."""
    mappings(class_by="unit", make_missing=True)
    payer = rentaxis.tenant("Lost Payer")
    twins = [house("14 Class Road"), house("14 Class Road")]
    invoices = [rentaxis.invoice(payer, "700.00", unit_id=unit) for _, unit in reversed(twins)]
    sync()
    before = [class_of(accountant.of("invoice", each)) for each in invoices]
    assert before == [f"14 Class Road (property {twins[1][0]}):1A", "14 Class Road:1A"]
    with chain.run() as run:
        run.connection.exec_driver_sql(
            "delete from ledger.links where source_type in ('property_class', 'unit_class')"
            f" and source_id in ('{twins[0][0]}', '{twins[1][0]}')"
        )
        run.connection.commit()
    listed_before = listed(accountant, "14 Class Road")
    assert writes(sync()) == []
    assert listed(accountant, "14 Class Road") == listed_before
    assert [class_of(accountant.of("invoice", each)) for each in invoices] == before


def test_one_record_pushed_alone_brings_its_class(chain, rentaxis, sync, accountant, mappings, house) -> None:
    """As it brings its customer, and no other house's."""
    mappings(class_by="property", make_missing=True)
    first, second = house("15 Class Road"), house("16 Class Road")
    payer = rentaxis.tenant("Single Payer")
    alone, _ = (rentaxis.invoice(payer, "7.00", unit_id=unit) for _, unit in (first, second))
    chain.push_record("invoice", alone)
    assert class_of(accountant.of("invoice", alone)) == "15 Class Road"
    assert listed(accountant, "16 Class Road") == []


def test_a_class_a_person_renamed_as_its_house_follows_it_again(
    chain, rentaxis, sync, accountant, mappings, house
) -> None:
    """Whoever was first with the new address; so does one whose rename the ledger forgot."""
    mappings(class_by="property", make_missing=True)
    number, unit = house("17 Class Road")
    invoice = rentaxis.invoice(rentaxis.tenant("Followed Payer"), "7.00", unit_id=unit)
    sync()
    standing = one(found for found in accountant.all("Class") if found["Name"] == "17 Class Road")
    address = {"Id": standing["Id"], "SyncToken": standing["SyncToken"]}
    chain.write("Class", {**address, "Name": "17 Class Street"})
    rentaxis.change("properties", number, street_address="17 Class Street")
    assert ("property_class", str(number)) not in sync()
    rentaxis.change("properties", number, street_address="17 Class Avenue")
    assert sync()["property_class", str(number)].status == "updated"
    assert class_of(accountant.of("invoice", invoice)) == "17 Class Avenue"
    assert writes(sync()) == []
