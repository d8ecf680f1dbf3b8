"""Customers and vendors follow their records in RentAxis, whatever the days of the run: whoever a chosen record needs, and all that changed where
customers are chosen.
"""

import datetime as dt
from typing import Any

import pytest

JUNE = {"first_day": dt.date(2026, 6, 1), "last_day": dt.date(2026, 6, 30)}
MAY = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}
OLD = "customer_before_the_range"  # a tenant created years before the first day


def customer(chain: Any, quickbooks_id: str | None) -> dict[str, Any]:
    (found,) = [one for one in chain.objects("Customer") if one["Id"] == quickbooks_id]
    return found


def vendor(chain: Any, quickbooks_id: str | None) -> dict[str, Any]:
    (found,) = [one for one in chain.objects("Vendor") if one["Id"] == quickbooks_id]
    return found


def edit_tenant(chain: Any, key: tuple[str, str], **fields: Any) -> None:
    for field, value in fields.items():
        chain.rentaxis(
            f"update tenants set {field} = %s, updated_at = clock_timestamp() where id = %s", value, key[1]
        )


def edit_vendor(chain: Any, source_id: str, **fields: Any) -> None:
    for field, value in fields.items():
        chain.rentaxis(
            f"update vendors set {field} = %s, updated_at = clock_timestamp() where id = %s", value, source_id
        )


def of_parties(rows: dict[tuple[str, str], Any]) -> dict[tuple[str, str], str]:
    return {key: row.status for key, row in rows.items() if key[0] in ("tenant", "program", "vendor")}


class TestWhoeverARecordNeeds:
    @pytest.mark.parametrize("force", [False, True])
    def test_a_tenant_created_before_the_first_day_is_renamed_with_the_invoices_that_need_it(
        self, chain, force: bool
    ) -> None:
        """Once; the next run writes nothing, and no other customer is touched, forced or not."""
        key = chain.labelled(OLD)
        made = chain.sync("invoices", **JUNE)[key]
        assert made.status == "created"
        edit_tenant(chain, key, name="Salvador Quiroz-Lima", phone="609 555 0111")
        rows = chain.sync("invoices", force=force, **JUNE)
        assert of_parties(rows) == {key: "updated"}
        found = customer(chain, made.quickbooks_id)
        assert found["DisplayName"] == "Salvador Quiroz-Lima"
        assert found["PrimaryPhone"]["FreeFormNumber"] == "609 555 0111"
        again = chain.sync("invoices", **JUNE)
        assert of_parties(again) == {}
        assert {row.status for row in again.values()} <= {"skipped", "failed"}

    def test_a_payment_brings_its_payer_up_to_date_and_a_preview_only_says_so(self, chain) -> None:
        key = chain.labelled(OLD)
        made = chain.sync("invoices", "payments", **JUNE)[key]
        edit_tenant(chain, key, phone="609 555 0112")
        rows = chain.sync("payments", preview=True, **JUNE)
        assert (rows[key].status, rows[key].reason_code, rows[key].action) == ("skipped", "preview", "update")
        assert of_parties(chain.sync("payments", **JUNE)) == {key: "updated"}
        assert customer(chain, made.quickbooks_id)["PrimaryPhone"]["FreeFormNumber"] == "609 555 0112"

    def test_a_customer_that_stood_in_quickbooks_before_is_left_unless_the_company_wants_it(
        self, chain
    ) -> None:
        """``matched_customers`` holds here as it does where customers are chosen."""
        key = chain.labelled("match_email")
        chain.sync("customers", "invoices", **{**MAY, "last_day": JUNE["last_day"]})
        before = customer(chain, "3")
        edit_tenant(chain, key, phone="609 555 0113")
        assert of_parties(chain.sync("invoices", **JUNE)) == {}
        assert customer(chain, "3") == before
        policies = chain.company.policies.model_copy(update={"matched_customers": "update"})
        chain.company = chain.company.model_copy(update={"policies": policies})
        assert of_parties(chain.sync("invoices", **JUNE)) == {key: "updated"}
        assert customer(chain, "3")["PrimaryPhone"]["FreeFormNumber"] == "609 555 0113"

    def test_what_the_accountant_changed_is_said_and_holds_no_invoice_up(self, chain) -> None:
        """A phone number given on both sides: the customer's row fails, its invoice goes."""
        key = chain.labelled(OLD)
        made = chain.sync("invoices", **JUNE)[key]
        chain.write(
            "Customer",
            {
                "Id": made.quickbooks_id,
                "SyncToken": "0",
                "sparse": True,
                "PrimaryPhone": {"FreeFormNumber": "1"},
            },
        )
        edit_tenant(chain, key, phone="609 555 0114")
        (invoice,) = chain.rentaxis(
            "update invoices set memo = 'edited', updated_at = clock_timestamp() where id = (select min(id) from invoices"
            " where billed_to_type = 'tenant' and billed_to_id = %s and invoice_date between '2026-06-01' and '2026-06-30'"
            " and status not in ('draft', 'void')) returning id",
            key[1],
        )
        rows = chain.sync("customers", "invoices", **JUNE)
        assert (rows[key].status, rows[key].reason_code) == ("failed", "changed_in_quickbooks")
        assert rows["invoice", str(invoice["id"])].status == "updated"
        assert customer(chain, made.quickbooks_id)["PrimaryPhone"]["FreeFormNumber"] == "1"

    def test_a_vendor_of_a_chosen_expense_is_brought_up_to_date(self, chain) -> None:
        """Its new phone and name arrive; one that an expense knows by its name alone is no record of its own."""
        rows = chain.sync("expenses", **JUNE)
        key = next(
            key
            for key, row in rows.items()
            if key[0] == "vendor" and row.status == "created" and key[1].isdigit()
        )
        edit_vendor(chain, key[1], phone="609 555 0115", name="Renamed & Sons")
        again = chain.sync("expenses", **JUNE)
        assert of_parties(again) == {key: "updated"}
        found = vendor(chain, rows[key].quickbooks_id)
        assert (found["DisplayName"], found["PrimaryPhone"]["FreeFormNumber"]) == (
            "Renamed & Sons",
            "609 555 0115",
        )
        assert of_parties(chain.sync("expenses", **JUNE)) == {}
        chain.write(
            "Vendor",
            {
                "Id": found["Id"],
                "SyncToken": found["SyncToken"],
                "sparse": True,
                "DisplayName": "Sons, Renamed",
            },
        )
        edit_vendor(chain, key[1], phone="609 555 0116")
        assert of_parties(chain.sync("expenses", **JUNE)) == {key: "updated"}
        found = vendor(chain, rows[key].quickbooks_id)
        assert (found["DisplayName"], found["PrimaryPhone"]["FreeFormNumber"]) == (
            "Sons, Renamed",
            "609 555 0116",
        )


class TestCustomersChosenAlone:
    def test_all_that_changed_are_brought_up_to_date_whatever_their_day(self, chain) -> None:
        """With a row each, on the last day of the range; what was looked at since it changed is left alone."""
        key = chain.labelled(OLD)
        made = chain.sync("invoices", **JUNE)[key]
        edit_tenant(chain, key, phone="609 555 0117")
        rows = chain.sync("customers", first_day=MAY["first_day"], last_day=MAY["first_day"])
        assert (rows[key].status, rows[key].day) == ("updated", MAY["first_day"])
        assert customer(chain, made.quickbooks_id)["PrimaryPhone"]["FreeFormNumber"] == "609 555 0117"
        chain.rentaxis("update tenants set updated_at = now() - interval '1 hour' where id = %s", key[1])
        assert key not in chain.sync("customers", **MAY)

    def test_an_edit_that_quickbooks_would_not_see_is_looked_at_and_writes_nothing(self, chain) -> None:
        key = chain.labelled(OLD)
        chain.sync("invoices", **JUNE)
        edit_tenant(chain, key, name="  Salvador   Quiroz ")
        rows = chain.sync("customers", **MAY)
        assert (rows[key].status, rows[key].reason_code) == ("skipped", "unchanged")

    def test_nobody_who_was_never_pushed_comes_along(self, chain) -> None:
        """A range of customers makes nobody of other days."""
        edit_tenant(chain, chain.labelled(OLD), phone="609 555 0118")
        rows = chain.sync("customers", **MAY)
        assert chain.labelled(OLD) not in rows

    def test_an_excluded_tenant_stays_out_and_follows_once_it_is_included(self, chain) -> None:
        key = chain.labelled(OLD)
        chain.sync("invoices", **JUNE)
        chain.decide("exclude", *key)
        edit_tenant(chain, key, phone="609 555 0119")
        assert key not in chain.sync("customers", **MAY)
        chain.decide("include", *key)
        assert chain.sync("customers", **MAY)[key].status == "updated"

    def test_a_refused_change_is_tried_with_every_run_until_it_goes(self, chain) -> None:
        """It failed once; the change is older than the last look by then, and is not forgotten."""
        key = chain.labelled(OLD)
        made = chain.sync("invoices", **JUNE)[key]
        chain.write(
            "Customer",
            {
                "Id": made.quickbooks_id,
                "SyncToken": "0",
                "sparse": True,
                "PrimaryPhone": {"FreeFormNumber": "1"},
            },
        )
        edit_tenant(chain, key, phone="609 555 0120")
        for _ in range(2):
            assert chain.sync("customers", **MAY)[key].reason_code == "changed_in_quickbooks"
        chain.let_force_overwrite()
        assert chain.sync("customers", force=True, **MAY)[key].status == "updated"

    def test_vendors_follow_where_expenses_are_chosen(self, chain) -> None:
        """Whatever days the expenses that need them have."""
        rows = chain.sync("expenses", **JUNE)
        key = next(
            key
            for key, row in rows.items()
            if key[0] == "vendor" and row.status == "created" and key[1].isdigit()
        )
        edit_vendor(chain, key[1], phone="609 555 0121")
        assert (
            of_parties(chain.sync("expenses", first_day=dt.date(2026, 5, 1), last_day=dt.date(2026, 5, 1)))[
                key
            ]
            == "updated"
        )
        assert vendor(chain, rows[key].quickbooks_id)["PrimaryPhone"]["FreeFormNumber"] == "609 555 0121"
