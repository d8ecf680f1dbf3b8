"""A customer that RentAxis imported for a payer stays that payer's, whatever days a run looks at."""

import datetime as dt
from typing import Any

from rentaxis_pipelines.ledger import links, people
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.sync.planning import resolve_payers
from rentaxis_pipelines.sync.planning.plan_customers import needed_customers

JUNE = {"first_day": dt.date(2026, 6, 1), "last_day": dt.date(2026, 6, 30)}
MAY = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}


def newcomer_in_june(chain: Any, name: str, email: str | None) -> tuple[str, str]:
    """A tenant of the demo portfolio, made one who joined in June, with this name and e-mail."""
    key = chain.labelled("rename")
    chain.rentaxis("update tenants set name = %s, email = %s where id = %s", name, email, key[1])
    chain.rentaxis(
        "update organization_tenants set created_at = '2026-06-15 12:00Z' where organization_id = 1 and tenant_id = %s",
        key[1],
    )
    return key


def mail_of_customer_58(chain: Any, address: str) -> None:
    (found,) = [one for one in chain.objects("Customer") if one["Id"] == "58"]
    body = {
        "Id": "58",
        "SyncToken": found["SyncToken"],
        "sparse": True,
        "PrimaryEmailAddr": {"Address": address},
    }
    chain.write("Customer", body)


def test_no_payer_of_other_days_takes_it_by_e_mail_or_by_name(chain) -> None:
    """Harbor Street Bakery came in May from customer 58; a tenant of June has that e-mail, another that name."""
    mail_of_customer_58(chain, "orders@harbor.example")
    by_mail = newcomer_in_june(chain, "Someone Else", "orders@harbor.example")
    rows = chain.sync("customers", **JUNE)
    assert rows[by_mail].status == "created"
    assert rows[by_mail].quickbooks_id != "58"
    with chain.run() as run:
        assert "58" not in links.owners_of(run.connection, run.realm, "Customer")
    chain.decide("unlink", *by_mail)
    (name,) = [one["DisplayName"] for one in chain.objects("Customer") if one["Id"] == "58"]
    chain.rentaxis("update tenants set name = %s, email = null where id = %s", name, by_mail[1])
    by_name = chain.sync("customers", **JUNE)[by_mail]
    assert (by_name.status, by_mail in chain.questions()) == ("created", False)
    assert by_name.quickbooks_number == f"{name} (tenant {by_mail[1]})"
    program = chain.labelled("born_in_quickbooks", "program")
    assert chain.sync("customers", **MAY)[program].reason_code == "from_quickbooks"
    with chain.run() as run:
        assert links.owners_of(run.connection, run.realm, "Customer")["58"] == program


def test_a_match_that_was_overtaken_is_made_again_before_an_invoice_is_billed_by_it(chain) -> None:
    """Between matching and planning a person gave the customer to somebody else: nobody's invoices go to them."""
    key = chain.labelled("match_email")
    other = chain.labelled("match_name_only")
    with chain.engine() as engine:
        run = engine.run
        (found,) = engine.read("tenants", [key[1]])
        matches = resolve_payers.match_payers(run, [found[1]])
        assert matches[key].quickbooks_id == "3"
        customer = people.objects(run.connection, run.realm, "Customer", ["3"])["3"]
        given = Link(
            realm=run.realm, source_type=other[0], source_id=other[1], quickbooks_type="Customer", quickbooks_id="3",
            sync_token=customer["SyncToken"], content_hash="", mapped={}, owned=[], origin="confirmed", updated_at=run.now(),
        )  # fmt: skip
        links.save_links(run.connection, [given])
        run.connection.commit()
        parents = needed_customers(engine.plan_context(DateRange.of_days(*MAY.values())), [found], matches)
        assert "3" not in parents.ids.values()


def test_one_linked_record_is_pushed_by_looking_at_its_own_customer_alone(chain, monkeypatch) -> None:
    """A company may have a hundred thousand customers."""
    key = chain.labelled("match_email")
    chain.sync("customers", **MAY)
    asked: list[int] = []
    real = resolve_payers.index_people
    monkeypatch.setattr(resolve_payers, "index_people", lambda found: real(asked.append(len(found)) or found))
    with chain.engine() as engine:
        ((_, payer),) = engine.read("tenants", [key[1]])
        assert engine.matches_of([payer])[key].quickbooks_id == "3"
    assert asked == [1]
