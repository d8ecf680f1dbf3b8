"""Every explanation of a difference is given where it is the reason, priced, and given nowhere else."""

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from rentaxis_pipelines.ledger import decisions
from rentaxis_pipelines.model.decisions import Decision
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.settings.company import PlaceMapping
from rentaxis_pipelines_tests.support.quickbooks import started

GO_LIVE, CLOSED, LAST_PUSHED = dt.date(2026, 6, 1), dt.date(2026, 6, 30), dt.date(2026, 9, 30)
REFUSED = "('failed', 'waiting', 'draft')"  # the portfolio's own special cases


@pytest.fixture(scope="module")
def half_pushed(postgres, rentaxis_template, make_books):
    """Go-live in June, books closed through June and re-dated, expenses switched off, October not pushed; one invoice
    excluded, one imported from QuickBooks, one in QuickBooks that carries a mark of nobody, one a stranger's.
    """
    with started(seed="demo") as own:
        books = make_books(postgres, own, rentaxis_template, uuid.uuid4().hex)
        policies = books.company.policies.model_copy(update={"closed_period": "redate"})
        books = replace(
            books,
            company=books.company.model_copy(update={"go_live": GO_LIVE, "policies": policies}),
            enabled=frozenset(RECORD_TYPES) - {"expenses"},
        )
        (excluded,), (imported,) = books.rentaxis(
            """select id::text from rentaxis.invoices i where invoice_date between '2026-07-01' and '2026-09-30'
                 and type = 'receivable' and status in ('sent', 'overdue') and organization_id = 1 and deleted_at is null
                 and not exists (select from rentaxis.payment_allocations a where a.invoice_id = i.id) order by id limit 2"""
        )
        exclude(books, excluded)
        customer = books.objects("Customer")[0]["Id"]
        typed = [
            invoice_by_hand(books, customer, amount, note)
            for amount, note in (
                (4321, "Typed here"),
                (77, "RentAxis invoice 987654321"),
                (88, "Somebody else's"),
            )
        ]
        books.rentaxis(
            """insert into rentaxis.quickbooks_links (organization_id, entity_type, entity_id, qbo_type, qbo_id, origin)
               values (1, 'invoice', %s::bigint, 'Invoice', %s, 'imported')""",
            imported,
            typed[0],
        )
        books.by_hand("close_books", date=CLOSED.isoformat())
        books.push(last_day=LAST_PUSHED)
        summary = books.reconcile()
        assert summary.proved, summary
        yield books, {"excluded": excluded, "imported": imported, "typed": typed}


def exclude(books, source_id: str) -> None:
    with books.reports() as connection:
        decisions.append(
            connection,
            Decision(
                realm=books.realm,
                source_type="invoice",
                source_id=source_id,
                kind="exclude",
                why="Settled with the tenant.",
                who="a test",
                decided_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
            ),
        )
        connection.commit()


def invoice_by_hand(books, customer: str, amount: int, note: str) -> str:
    item = next(one["Id"] for one in books.objects("Item") if one["Name"] == "Rent")
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "SalesItemLineDetail": {"ItemRef": {"value": item}},
    }
    fields = {
        "CustomerRef": {"value": customer},
        "TxnDate": "2026-08-05",
        "Line": [line],
        "PrivateNote": note,
    }
    return books.by_hand("create", entity="Invoice", fields=fields)["Id"]


@pytest.mark.parametrize(
    ("explanation", "where"),
    [
        ("before_go_live", f"record_type in ('invoices', 'payments') and rentaxis_day < '{GO_LIVE}'"),
        ("re_dated", f"record_type = 'invoices' and rentaxis_day between '{GO_LIVE}' and '{CLOSED}'"),
        ("agrees", f"record_type = 'invoices' and rentaxis_day between '2026-07-01' and '{LAST_PUSHED}'"),
        ("not_pushed", f"rentaxis_day > '{LAST_PUSHED}'"),
        ("switched_off", f"record_type = 'expenses' and rentaxis_day <= '{LAST_PUSHED}'"),
    ],
)
def test_a_reason_explains_all_the_records_it_is_the_reason_of(half_pushed, explanation, where):
    """Every record with money that the reason concerns has that explanation, the portfolio's own special cases aside."""
    books, known = half_pushed
    rows = books.sql(
        f"""select explanation, count(*) as records from records
            where ({where}) and rentaxis_total <> 0 and explanation not in {REFUSED} and record <> all(:others) group by 1""",
        others=[f"invoice/{known['excluded']}", f"invoice/{known['imported']}"],
    )
    assert [row["explanation"] for row in rows] == [explanation]
    assert rows[0]["records"] > 10


def test_one_record_that_a_reason_concerns_is_named_with_its_price(half_pushed):
    """Excluded, imported, marked as nobody's, a stranger's: each once, to the cent, with the row's own sentence."""
    books, known = half_pushed
    rows = {row["record"]: row for row in books.sql("select * from differences")}
    excluded = rows[f"invoice/{known['excluded']}"]
    assert excluded["explanation"] == "excluded"
    assert excluded["difference"] == excluded["rentaxis_total"] > 0
    assert "Settled with the tenant" in excluded["reason"]
    imported = rows[f"invoice/{known['imported']}"]
    assert imported["explanation"] == "from_quickbooks"
    assert imported["difference"] == imported["rentaxis_total"] - 4321
    _, marked, strange = known["typed"]
    # Our mark, and no such record in RentAxis: known to the ledger again, and a person's to look at.
    (ours,) = (row for row in rows.values() if row["quickbooks_id"] == marked)
    assert (ours["record"], ours["explanation"], ours["difference"]) == (
        "invoice/987654321", "gone_from_rentaxis", -77
    )  # fmt: skip
    assert (rows[f"Invoice:{strange}"]["explanation"], rows[f"Invoice:{strange}"]["difference"]) == (
        "not_ours", -88
    )  # fmt: skip


def test_what_is_booked_later_moves_between_months_and_is_missing_nowhere(half_pushed):
    """A re-dated record: nothing is missing, June has it in RentAxis, July in QuickBooks; nobody has to act."""
    books, _ = half_pushed
    (sums,) = books.sql(
        "select count(*) as records, sum(difference) as difference, sum(rentaxis_total) as total, bool_or(blocks_close) as blocks "
        "from differences where explanation = 're_dated'"
    )
    assert sums["records"] > 10
    assert (sums["difference"], sums["blocks"]) == (0, False)
    by_month = books.sql(
        "select month, sum(difference) as difference from reconciliation where explanation = 're_dated' group by 1 order by 1"
    )
    assert [(row["month"], row["difference"]) for row in by_month] == [
        (dt.date(2026, 6, 1), sums["total"]),
        (dt.date(2026, 7, 1), -sums["total"]),
    ]


def test_a_payer_linked_to_another_customer_and_a_mapping_changed_are_told_from_a_mistake(pushed):
    """Nobody touched the records, but the company file or the link says otherwise now than when they were pushed."""
    (tenant,) = pushed.sql(
        """select r.party_name, i.payer_id, i.payer_kind from records r
           join rentaxis_invoices i on 'invoice/' || i.source_id = r.record
           where r.explanation = 'agrees' and r.rentaxis_total > 0 order by r.record limit 1"""
    )
    other = pushed.by_hand("create", entity="Customer", fields={"DisplayName": "Somebody Else Entirely"})
    with pushed.reports() as connection:
        connection.exec_driver_sql(
            f"""update ledger.links set quickbooks_id = '{other["Id"]}'
                where source_type = '{tenant["payer_kind"]}' and source_id = '{tenant["payer_id"]}'"""
        )
        connection.commit()
    mappings = pushed.company.mappings
    swapped = mappings.invoice_accounts | {"4200": mappings.invoice_accounts["4220"]}
    changed = pushed.company.model_copy(
        update={"mappings": mappings.model_copy(update={"invoice_accounts": swapped})}
    )

    summary = replace(pushed, company=changed).reconcile()

    assert summary.unexplained == 0
    moved = pushed.sql(
        """select distinct i.payer_id from records r join rentaxis_invoices i
             on 'invoice/' || i.source_id = r.record where r.explanation = 'party_changed'"""
    )
    assert [row["payer_id"] for row in moved] == [tenant["payer_id"]]
    parking = pushed.sql(
        """select count(*) as records, count(*) filter (where r.explanation in ('mapping_changed', 'party_changed')) as named
           from records r where r.in_quickbooks and r.explanation not in ('failed', 'waiting') and exists
             (select from rentaxis_lines l where l.record = r.record and l.account_number = '4200')"""
    )
    assert parking[0]["named"] == parking[0]["records"] > 10


@pytest.fixture(scope="module")
def placed(postgres, rentaxis_template, make_books):
    """One property is mapped to a class, another to a location; everything is pushed and agrees."""
    with started(seed="demo") as own:
        books = make_books(postgres, own, rentaxis_template, uuid.uuid4().hex)
        named = books.rentaxis(
            """select p.id::text from rentaxis.properties p join rentaxis.expenses e on e.property_id = p.id
               where p.organization_id = 1 and e.status = 'paid' group by p.id order by count(*) desc, p.id limit 2"""
        )
        (first,), (second,) = named
        class_, location = (books.objects(entity)[0]["Name"] for entity in ("Class", "Department"))
        places = {first: PlaceMapping(**{"class": class_}), second: PlaceMapping(location=location)}
        mappings = books.company.mappings.model_copy(update={"properties": places})
        books = replace(books, company=books.company.model_copy(update={"mappings": mappings}))
        books.push()
        yield books


def linked(books, kind: str, entity: str, more: str = "true") -> dict:
    """One record of ours that agrees and has a posting of that kind."""
    return books.sql(
        f"""select r.record, r.quickbooks_id, r.quickbooks_total as total, p.account, k.object from records r
            join postings p on p.record = r.record and p.side = 'quickbooks' and p.kind = :kind
            join ledger.quickbooks_transactions k on k.entity = r.entity and k.quickbooks_id = r.quickbooks_id
            where r.entity = :entity and r.explanation = 'agrees' and {more} order by r.record limit 1""",
        kind=kind,
        entity=entity,
    )[0]


def test_class_location_and_paying_account_are_compared_where_we_wrote_them(placed):
    """All agree after the push; an edit of each is found, priced at nothing missing; a class an accountant adds accuses nobody."""
    books = placed
    summary = books.reconcile()
    assert summary.failed_tests == []
    left = {row["explanation"] for row in books.sql("select distinct explanation from differences")}
    assert left == {"draft", "failed", "waiting"}
    for kind in ("class", "location", "paid from"):
        sides = books.sql(
            "select side, sum(amount) as amount from postings join records using (record) "
            "where kind = :kind and explanation = 'agrees' group by side order by side",
            kind=kind,
        )
        assert [row["side"] for row in sides] == ["quickbooks", "rentaxis", "written"]
        assert len({row["amount"] for row in sides}) == 1, kind

    classes, locations = ([one["Id"] for one in books.objects(entity)] for entity in ("Class", "Department"))
    classed = linked(books, "class", "Invoice")
    lines = [line for line in classed["object"]["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    lines[0]["SalesItemLineDetail"]["ClassRef"] = {
        "value": next(one for one in classes if f"Class:{one}" != classed["account"])
    }
    books.by_hand("edit", entity="Invoice", id=classed["quickbooks_id"], fields={"Line": lines})
    located = linked(books, "location", "Purchase")
    elsewhere = next(one for one in locations if f"Department:{one}" != located["account"])
    books.by_hand(
        "edit",
        entity="Purchase",
        id=located["quickbooks_id"],
        fields={"PaymentType": located["object"]["PaymentType"], "DepartmentRef": {"value": elsewhere}},
    )
    paid = linked(
        books,
        "paid from",
        "Purchase",
        f"r.record <> '{located['record']}' and k.object ->> 'PaymentType' = 'Cash'",
    )
    other_bank = books.by_hand("create", entity="Account", fields={"Name": "Savings", "AccountType": "Bank"})[
        "Id"
    ]
    books.by_hand(
        "edit",
        entity="Purchase",
        id=paid["quickbooks_id"],
        fields={"PaymentType": paid["object"]["PaymentType"], "AccountRef": {"value": other_bank}},
    )
    plain = linked(
        books,
        "booked",
        "Invoice",
        "not exists (select from postings c where c.record = r.record and c.kind = 'class')",
    )
    lines = [line for line in plain["object"]["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    for line in lines:
        line["SalesItemLineDetail"]["ClassRef"] = {"value": classes[0]}
    books.by_hand("edit", entity="Invoice", id=plain["quickbooks_id"], fields={"Line": lines})

    assert books.reconcile().unexplained == 0

    found = books.sql(
        f"select record, explanation, difference from differences where explanation not in {REFUSED}"
    )
    assert {row["record"]: (row["explanation"], row["difference"]) for row in found} == {
        each["record"]: ("edited_in_quickbooks", Decimal(0)) for each in (classed, located, paid)
    }
    fields = {row["record"]: row["field"] for row in books.sql("select record, field from drift")}
    assert fields == {
        classed["record"]: "Line",
        located["record"]: "DepartmentRef",
        paid["record"]: "AccountRef",
    }
