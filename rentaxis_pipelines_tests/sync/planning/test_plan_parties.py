"""Customers of the demo portfolio through the whole chain: who is linked, made, waits, and what a person's word releases."""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.model.sync_request import over
from rentaxis_pipelines.sync.decisions import DecisionRefused

# The tenants of the match_ cases come in May and are billed from June on.
MAY = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}
RANGE = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 6, 30)}
WAITING = ("match_name_only", "match_near_name", "match_two_customers", "match_inactive_customer")


def names_of(chain: Any, **fields: Any) -> list[str]:
    return [
        one["DisplayName"]
        for one in chain.objects("Customer")
        if all(one.get(k) == v for k, v in fields.items())
    ]


def invoices_of(rows: dict[tuple[str, str], Any], chain: Any, tenant: str) -> list[Any]:
    ids = {
        str(row["id"])
        for row in chain.rentaxis(
            "select id from invoices where billed_to_type = 'tenant' and billed_to_id = %s and invoice_date <= '2026-06-30'"
            " and status not in ('draft', 'void') and deleted_at is null",
            tenant,
        )
    }
    return [row for key, row in rows.items() if key[0] == "invoice" and key[1] in ids]


def test_every_way_of_matching_comes_out_as_the_demo_says_and_its_invoices_with_it(chain) -> None:
    """Linked by e-mail, waiting with candidates, or made under a name that a vendor does not hold."""
    rows = chain.sync("customers", "invoices", **RANGE)
    asked = chain.questions()
    for label, suggested in zip(WAITING, (["5"], ["6"], ["7", "8"], ["9"]), strict=True):
        key = chain.labelled(label)
        assert [one.quickbooks_id for one in asked[key].candidates] == suggested, label
        assert rows[key].reason_code in ("waiting_for_confirmation", "ambiguous_match")
        for invoice in invoices_of(rows, chain, key[1]):
            assert (invoice.status, invoice.reason_code) == ("skipped", "waiting_for_parent")
            assert str(rows[key].reason) in str(invoice.reason)
    for label, customer in (("match_email", "3"), ("match_email_of_several", "4")):
        key = chain.labelled(label)
        assert rows[key].reason_code == "unchanged"
        pushed = chain.objects("Invoice", f"CustomerRef = '{customer}'")
        assert len(pushed) == len(invoices_of(rows, chain, key[1])) > 0
    vendors_name = chain.labelled("match_vendor_of_that_name")
    assert rows[vendors_name].quickbooks_number == f"Grace Lindqvist (tenant {vendors_name[1]})"
    assert sorted(names_of(chain)) == sorted(set(names_of(chain)))


def test_an_imported_program_is_not_echoed_but_serves_its_invoices(chain) -> None:
    """Its customer in QuickBooks keeps its name and SyncToken; an invoice to it names that customer."""
    key = chain.labelled("born_in_quickbooks", "program")
    (before,) = [one for one in chain.objects("Customer") if one["Id"] == "58"]
    (invoice,) = chain.rentaxis(
        "update invoices set billed_to_type = 'program', billed_to_id = %s where id = (select min(id) from invoices"
        " where billed_to_type = 'tenant' and invoice_date between '2026-06-01' and '2026-06-30' and status not in ('draft', 'void')"
        " and deleted_at is null and invoice_number is not null) returning id",
        key[1],
    )
    chain.rentaxis("delete from payment_allocations where invoice_id = %s", invoice["id"])
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows.get(key) is None or rows[key].reason_code == "from_quickbooks"
    assert rows["invoice", str(invoice["id"])].status == "created"
    (sent,) = [
        one
        for one in chain.objects("Invoice")
        if one["Id"] == rows["invoice", str(invoice["id"])].quickbooks_id
    ]
    assert sent["CustomerRef"]["value"] == "58"
    (after,) = [one for one in chain.objects("Customer") if one["Id"] == "58"]
    assert (after["SyncToken"], after["DisplayName"]) == (before["SyncToken"], before["DisplayName"])


def test_a_confirmed_payer_is_linked_and_its_invoices_go_through_with_the_next_sync(chain) -> None:
    """Nothing else is needed, nobody is made, and the customer keeps the accountant's spelling."""
    chain.sync("customers", "invoices", **RANGE)
    before = sorted(names_of(chain))
    chain.decide("confirm", *chain.labelled("match_name_only"), "5")
    chain.decide("confirm", *chain.labelled("match_near_name"), "6")
    chain.decide("confirm", *chain.labelled("match_two_customers"), "7")
    rows = chain.sync("customers", "invoices", **RANGE)
    for label in WAITING[:3]:
        key = chain.labelled(label)
        assert rows[key].reason_code == "unchanged", label
        assert {row.status for row in invoices_of(rows, chain, key[1])} == {"created"}, label
        assert key not in chain.questions()
    assert sorted(names_of(chain)) == before
    again = chain.sync("customers", "invoices", **RANGE)
    assert not [row for row in again.values() if row.status in ("created", "updated")]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_is_made_twice_in_any_order_of_decisions_and_syncs(chain, seed: int) -> None:
    """Whatever people decide and whenever a sync runs between: one customer a payer, one payer a customer, one invoice a number."""
    chance = random.Random(seed)
    tenants = {
        chain.labelled(label)[1]: ids for label, ids in zip(WAITING[:3], ("5", "6", "78"), strict=True)
    }
    for _ in range(12):
        tenant = chance.choice(list(tenants))
        kind = chance.choice(["confirm", "reject", "make_new", "unlink", "relink", "sync"])
        if kind == "sync":
            chain.sync("customers", "invoices", **RANGE)
            continue
        wanted = chance.choice(tenants[tenant]) if kind in ("confirm", "reject", "relink") else None
        try:
            chain.decide(kind, "tenant", tenant, wanted)
        except DecisionRefused as refused:
            assert str(refused).endswith(".")
    chain.sync("customers", "invoices", **RANGE)
    again = chain.sync("customers", "invoices", **RANGE)
    assert not [row for row in again.values() if row.status == "created"]
    numbers = Counter(one["DocNumber"] for one in chain.objects("Invoice"))
    assert max(numbers.values()) == 1
    with chain.run() as run:
        owners = links.owners_of(run.connection, run.realm, "Customer")
    assert len(set(owners.values())) == len(owners)
    made = Counter(name.split(" (")[0] for name in names_of(chain, Active=True))
    # One that QuickBooks had, and at most one that was made when a person said so, or undid a link that a push had followed.
    assert all(made[name] <= 2 for name in ("Terrence Boyd", "Soren Kjaergaard", "Priya Natarajan"))


class TestNames:
    @pytest.mark.parametrize("email", ["dana.whitmore@example.com", None])
    def test_a_name_taken_meanwhile_fails_by_itself_and_the_next_run_asks(
        self, chain, email: str | None
    ) -> None:
        """The accountant enters the tenant by hand between plan and push. Nothing is half made, the neighbours go through.

        Nor is the hand-made customer taken for ours where the tenant has nothing but a name: a name alone never links.
        """
        key = chain.labelled("rename")
        chain.rentaxis("update tenants set email = %s, phone = null where id = %s", email, key[1])
        with chain.engine(days=over(*MAY.values(), "customers")) as engine:
            plan = engine.plan("customers")
            chain.write(
                "Customer",
                {"DisplayName": "Dana Whitmore-Reyes", "PrimaryEmailAddr": {"Address": "else@example.com"}},
            )
            engine.push(plan)
            rows = {(row.source_type, row.source_id): row for row in chain.results_of(engine.run.run_id)}
        assert (rows[key].status, rows[key].reason_code) == ("failed", "duplicate_name")
        assert sum(row.status == "created" for row in rows.values()) > 3
        rows = chain.sync("customers", **MAY)
        assert rows[key].reason_code == "waiting_for_confirmation"
        assert "'Dana Whitmore-Reyes'" in rows[key].reason

    def test_two_tenants_of_one_name_get_the_name_and_a_stable_suffix(self, chain) -> None:
        """The same on every run, also under force."""
        rows = chain.sync("customers", **MAY)
        made = sorted(name for name in names_of(chain) if name.startswith("James Carter"))
        numbers = [
            key[1] for key, row in rows.items() if str(row.quickbooks_number).startswith("James Carter (")
        ]
        assert made == ["James Carter", f"James Carter (tenant {numbers[0]})"]
        again = chain.sync("customers", force=True, **MAY)
        assert not [row for row in again.values() if row.status == "created"]
        assert sorted(name for name in names_of(chain) if name.startswith("James Carter")) == made

    def test_a_rename_in_rentaxis_renames_the_customer(self, chain) -> None:
        key = chain.labelled("rename")
        chain.sync("customers", **MAY)
        chain.rentaxis("update tenants set name = 'Dana Reyes', updated_at = now() where id = %s", key[1])
        rows = chain.sync("customers", **MAY)
        assert (rows[key].status, rows[key].quickbooks_number) == ("updated", "Dana Reyes")
        assert "Dana Reyes" in names_of(chain)

    def test_a_rename_by_the_accountant_is_kept_and_hinders_nothing(self, chain) -> None:
        """A new phone number goes through and leaves the name; only a rename in RentAxis replaces it."""
        key = chain.labelled("rename")
        quickbooks_id = chain.sync("customers", **MAY)[key].quickbooks_id
        chain.write(
            "Customer",
            {"Id": quickbooks_id, "SyncToken": "0", "sparse": True, "DisplayName": "Whitmore-Reyes, D."},
        )
        rows = chain.sync("customers", **MAY)
        assert rows[key].reason_code == "unchanged"
        chain.rentaxis("update tenants set phone = '609 555 0188', updated_at = now() where id = %s", key[1])
        rows = chain.sync("customers", **MAY)
        assert (rows[key].status, rows[key].reason) == ("updated", None)
        (found,) = [one for one in chain.objects("Customer") if one["Id"] == quickbooks_id]
        assert found["DisplayName"] == "Whitmore-Reyes, D."
        assert found["PrimaryPhone"]["FreeFormNumber"] == "609 555 0188"
        chain.rentaxis("update tenants set name = 'Dana Reyes', updated_at = now() where id = %s", key[1])
        assert chain.sync("customers", **MAY)[key].quickbooks_number == "Dana Reyes"

    def test_names_of_every_script_arrive_or_are_refused_with_a_sentence(self, chain) -> None:
        """Accents, CJK, right to left, emoji, 600 characters, control characters, nothing visible."""
        names = [
            "Renée O'Brien-Søndergård", "王小明", "محمد عبد الله", "משה כהן", "Владимир Иванов", "Ann 🏠 Lee", "🏠🔑",
            "x" * 600, "Ann\tLee\nJunior", "a:b:c", "ﬁancée Ⅷ", "\u202eLee Ann\u202c", "\u200b\u200b", "e\u0301" * 300,
        ]  # fmt: skip
        ids = [row["id"] for row in chain.rentaxis(
            "select t.id from tenants t join organization_tenants o on o.tenant_id = t.id and o.organization_id = 1"
            " where o.created_at between '2026-05-02' and '2026-05-30' and t.deleted_at is null and t.name is not null"
            " and t.id <> all(%s) order by t.id",
            [int(chain.labelled(label)[1]) for label in (*WAITING, "match_email", "match_email_of_several")],
        )]  # fmt: skip
        changed = dict(zip(map(str, ids), names, strict=False))
        assert len(changed) >= 8, "the portfolio has too few newcomers in May"
        for source_id, name in changed.items():
            chain.rentaxis("update tenants set name = %s where id = %s", name, source_id)
        rows = chain.sync("customers", **MAY)
        for source_id, name in changed.items():
            row = rows["tenant", source_id]
            assert row.status == "created" or (row.reason and row.how_to_fix), name
            if row.status == "created":
                assert 0 < len(str(row.quickbooks_number)) <= 500
                assert not set(str(row.quickbooks_number)) & set(":\t\n")
        again = chain.sync("customers", **MAY)
        assert not [row for row in again.values() if row.status in ("created", "updated")]


def test_a_nameless_tenants_invoices_say_whom_they_wait_for(chain) -> None:
    """Not just that there is no customer yet: the remedy is at the tenant."""
    rows = chain.sync("customers", "invoices", **RANGE)
    nameless = [key for key, row in rows.items() if row.reason_code == "missing_field" and key[0] == "tenant"]
    (key,) = nameless
    for invoice in invoices_of(rows, chain, key[1]):
        assert invoice.reason.endswith(f"is waiting for its customer: Tenant {key[1]} has no name.")
        assert invoice.how_to_fix == f"Fill in the name of Tenant {key[1]} in RentAxis, then run again."


def test_a_linked_customer_made_inactive_stops_its_rows_until_it_is_active_or_relinked(chain) -> None:
    """The row says so; nothing is made in its place."""
    key = chain.labelled("match_email")
    chain.sync("customers", **MAY)
    (found,) = [one for one in chain.objects("Customer") if one["Id"] == "3"]
    found = chain.write(
        "Customer", {"Id": "3", "SyncToken": found["SyncToken"], "sparse": True, "Active": False}
    )
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows[key].reason_code == "inactive_reference"
    assert (
        rows[key].reason
        == "Tenant Marisol Alvarez is linked to customer 'Alvarez, Marisol', which was made inactive in QuickBooks "
        "or merged into another customer."
    )
    assert {row.reason_code for row in invoices_of(rows, chain, key[1])} == {"waiting_for_parent"}
    chain.write("Customer", {"Id": "3", "SyncToken": found["SyncToken"], "sparse": True, "Active": True})
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows[key].reason_code == "unchanged"
    assert {row.status for row in invoices_of(rows, chain, key[1])} == {"created"}
    chain.decide("relink", *key, "10")
    rows = chain.sync("customers", "invoices", **RANGE)
    assert {row.status for row in invoices_of(rows, chain, key[1])} == {"updated"}


def test_an_excluded_tenant_is_left_out_and_says_by_whom(chain) -> None:
    """Its invoices wait and say why; included again, all goes through."""
    key = chain.labelled("rename")
    chain.decide("exclude", *key)
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows[key].reason_code == "excluded"
    assert "was excluded by Dana Reyes on" in rows[key].reason and rows[key].reason.endswith(
        ": as the tenant says."
    )
    assert {row.reason_code for row in invoices_of(rows, chain, key[1])} == {"waiting_for_parent"}
    chain.decide("include", *key)
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows[key].status == "created"
    assert {row.status for row in invoices_of(rows, chain, key[1])} == {"created"}


def test_a_preview_links_and_asks_nothing(chain) -> None:
    """It only says what would be."""
    rows = chain.sync("customers", "invoices", preview=True, **RANGE)
    assert {row.status for row in rows.values()} <= {"skipped", "failed"}
    assert chain.questions() == {}
    with chain.run() as run:
        assert links.owners_of(run.connection, run.realm, "Customer") == {}
