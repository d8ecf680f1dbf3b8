"""What a QuickBooks company has to offer, read from its lists as a snapshot holds them."""

import datetime as dt

from rentaxis_pipelines.mapping.references import References


def test_names_are_found_whole_and_in_any_case() -> None:
    lists = {
        "Account": [{"Id": "7", "Name": "Fuel", "FullyQualifiedName": "Auto:Fuel", "AccountType": "Expense"}]
    }
    references = References.from_snapshot(lists)
    found = references.find("Account", " auto:fuel ")
    assert found is not None
    assert (found.quickbooks_id, found.active, found.type) == ("7", True, "Expense")
    assert references.find("Account", "Fuel") is None


def test_an_inactive_object_is_known_by_the_name_it_had() -> None:
    gone = {"Id": "7", "Name": "Fuel (deleted)", "FullyQualifiedName": "Fuel (deleted)", "Active": False}
    found = References.from_snapshot({"Account": [gone]}).find("Account", "Fuel")
    assert found is not None
    assert not found.active


def test_an_active_object_wins_over_an_inactive_one_of_its_name() -> None:
    old = {"Id": "7", "Name": "Fuel (deleted)", "Active": False}
    new = {"Id": "8", "Name": "Fuel", "Active": True}
    for order in ([old, new], [new, old]):
        found = References.from_snapshot({"Account": order}).find("Account", "Fuel")
        assert found is not None
        assert found.quickbooks_id == "8"


def test_preferences_tell_closing_date_currency_numbers_and_tracking() -> None:
    preferences = {
        "AccountingInfoPrefs": {
            "BookCloseDate": "2025-12-31",
            "ClassTrackingPerTxn": True,
            "ClassTrackingPerTxnLine": False,
            "TrackDepartments": True,
        },
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}},
        "TaxPrefs": {"PartnerTaxEnabled": True},
    }
    references = References.from_snapshot({"Preferences": [preferences]})
    assert references.closing_date == dt.date(2025, 12, 31)
    assert references.home_currency == "USD"
    assert references.custom_numbers is True
    assert references.class_tracking == "transaction"
    assert references.locations_on is True
    assert references.automated_sales_tax is True


def test_an_empty_snapshot_knows_nothing_and_says_so() -> None:
    references = References.from_snapshot({})
    assert references.find("Item", "Rent") is None
    assert references.closing_date is None
    assert references.home_currency is None
    assert references.custom_numbers is None
    assert references.class_tracking is None
