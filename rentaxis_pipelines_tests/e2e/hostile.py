"""Names, numbers and memos of somebody who wants to do harm through the accountant's screen, in RentAxis and in QuickBooks.

Each attack stands in every field that a person, RentAxis or QuickBooks can fill: on days of their own, after the demo's last, a few
attacks a day, so that no list is too long to show them. Amounts are larger than any of the demo's, so they head every list.
Not here: what is run on them, and what becomes of them on the screen.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg
import requests

from rentaxis_pipelines.mapping.text import legal_display_name
from rentaxis_pipelines_tests.e2e.conftest import Running

FIRST_DAY = dt.date(2026, 11, 10)
A_DAY = 5  # attacks; a day's list shows 50 rows, and each attack leaves up to ten
STRANGER = "leak.example"  # a host that does not exist; the listener is the one that would answer
IDS = 994_000

# Launches a sync of everything on a day, by a mere GET. Short enough for a name in QuickBooks, which holds 500 characters.
LAUNCH = (
    'mutation{launchRun(executionParams:{selector:{repositoryLocationName:"rentaxis_pipelines",repositoryName:"__repository__",'
    'jobName:"bulk_sync_force"},runConfigData:{},executionMetadata:{tags:[{key:"dagster/partition",value:"2026-11-10"}]}}){__typename}}'
)


@dataclass(frozen=True)
class Attack:
    """One text. ``day`` is the day of everything it stands in; ``number`` ends the ids of those records."""

    number: int
    text: str

    @property
    def day(self) -> dt.date:
        return FIRST_DAY + dt.timedelta(days=self.number // A_DAY)


def attacks(leak: str) -> list[Attack]:
    """Every kind of text that Markdown, GitHub's autolinks or HTML might take for more than text. ``leak``: the listener's address."""
    launch = f"/graphql?query={quote(LAUNCH, safe='(){}[],')}"  # encoded as far as Markdown and QuickBooks' names ask for
    texts = [
        f"![a]({leak}/picture)",
        f"![launch]({launch})",
        "![nux](/graphql?query=mutation{setNuxSeen})",
        f'![a][b] [c](<{leak}/angle> "t")\n\n[b]: {leak}/reference\n[c]: {leak}/reference',
        f"[Pay here]({leak}/link) [![a]({leak}/inner)]({leak}/outer)",
        f"<{leak}/autolink> <pay@{STRANGER}>",
        f"{leak}/bare https://{STRANGER}/bare ftp://{STRANGER}/bare",
        f"www.{STRANGER}/www pay@{STRANGER} mailto:pay@{STRANGER} xmpp:pay@{STRANGER}/a",
        f"![a](//{STRANGER}/no-colon) [a](//{STRANGER}) \\![a]({leak}/backslash)",
        f'<img src="{leak}/img" onerror="fetch(\'{leak}/onerror\')"><img srcset="{leak}/srcset 1x">',
        f'<a href="{leak}/anchor" ping="{leak}/ping">Pay</a><form action="{leak}/form"><button>Pay</button></form>',
        f"<script>fetch('{leak}/script')</script><iframe src=\"{leak}/iframe\"></iframe>",
        f'<style>@import url({leak}/style);</style><link rel=stylesheet href={leak}/sheet><div style="background:url({leak}/css)">a</div>',
        f'<svg><image href="{leak}/svg"/></svg><video poster={leak}/poster></video><object data={leak}/object></object>',
        f'<meta http-equiv=refresh content="0;url={leak}/refresh"><base href="{leak}/"><!-- <b>a</b>',
        f"&lt;img src={leak}/entity&gt; &#60;img src={leak}/number&#62; &amp;amp; &nbsp; &copy",
        "a | b || c \\| d \\\\| e \\",
        "a\n\n# head\n\n| x | y |\n| - | - |\n| z | w |\r\n- item\n> said\n\n---\n1. one\n\n    code\n\n</td></tr></table>",
        "**b** _i_ *e* __f__ ~~s~~ `c` ``d`` \\*g\\* ^h^ ==i== $j$ :smile: [^1] - [ ] k {l} <b>m</b>",
        f"' onmouseover='fetch(\"{leak}/quote\")' {{{{ 7*7 }}}} ${{7*7}} javascript:fetch('{leak}/js') [a](javascript:alert(1))",
    ]
    return [Attack(number, text) for number, text in enumerate(texts)]


def days(of: Sequence[Attack]) -> list[str]:
    """Their days, in order."""
    return sorted({one.day.isoformat() for one in of})


def plant(running: Running, of: Sequence[Attack]) -> None:
    """Put each attack into every field of a record of each kind, and near names and e-mails into QuickBooks."""
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        accounts = dict(
            connection.execute(
                "select number, id from rentaxis.accounts where organization_id = 1"
            ).fetchall()
        )
        for table, rows_of in _TABLES.items():
            _insert(connection, table, [row for one in of for row in rows_of(one, accounts)])
    for one in of:
        for entity, fields in _in_quickbooks(one):
            by_hand(running, deed="create", entity=entity, fields=fields)


def by_hand(running: Running, **deed: Any) -> dict[str, Any]:
    """What somebody does in QuickBooks itself."""
    answer = requests.post(f"{running.stack.quickbooks.control_url}/hand", json=deed, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def _insert(connection: psycopg.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    connection.execute(
        f"insert into rentaxis.{table} ({', '.join(columns)}) select {', '.join(columns)} "
        f"from jsonb_populate_recordset(null::rentaxis.{table}, %s::jsonb)".encode(),
        [json.dumps(rows, default=str)],
    )


def _stamped(attack: Attack, **row: Any) -> dict[str, Any]:
    at = f"{attack.day}T15:00:00Z"
    return {**row, "created_at": at, "updated_at": at}


# What an id of a record says of it; the same for its kind of record, whichever that is.
def waiting(attack: Attack) -> int:
    """Tenant and program whose names stand in QuickBooks already, vendor whose e-mail two there have; account and property."""
    return IDS + attack.number


def renting(attack: Attack) -> int:
    """Tenant who is made in QuickBooks; the invoice that goes through."""
    return IDS + 100 + attack.number


def refused(attack: Attack) -> int:
    """Invoice, payment and expense that do not go through."""
    return IDS + 200 + attack.number


def held_up(attack: Attack) -> int:
    """Invoice, payment and expense that wait for another record."""
    return IDS + 300 + attack.number


def decided(attack: Attack) -> int:
    """The payment that a person leaves out."""
    return IDS + 400 + attack.number


def shown(attack: Attack) -> list[str]:
    """What has to be read of it on the screen, letter by letter: names of either side, numbers, categories, memos."""
    text = attack.text
    return [
        f"Tenant {text}",
        f"'{in_quickbooks(text)}' (customer ",
        f"Program Program {text}",
        f"'{in_quickbooks(f'North {text}')}' (vendor ",
        f"Invoice {refused(attack)} {text}",
        f"Payment {held_up(attack)} {text} waits for invoice {refused(attack)} {text}",
        f"Expense {refused(attack)} ({text})",
        f"No account is mapped for the expense category {text}.",
        f"by hand {text}"[:150],  # the memo there now; a long one is cut in the report of what was edited
    ]


def _tenants(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(one, id=waiting(one), name=one.text, phone=one.text),
        _stamped(one, id=renting(one), name=f"Renter {one.number} {one.text}", phone=one.text),
    ]


def _memberships(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(one, organization_id=1, tenant_id=who, is_active=True)
        for who in (waiting(one), renting(one))
    ]


def _programs(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=waiting(one), organization_id=1, name=f"Program {one.text}", type=one.text, address=one.text,
            contact_person=one.text, notes=one.text,
        )
    ]  # fmt: skip


def _vendors(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=waiting(one), organization_id=1, name=f"Vendor {one.text}", email=_mail_of_vendor(one), address=one.text
        )
    ]  # fmt: skip


def _accounts(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one,
            id=waiting(one),
            organization_id=1,
            number=None,
            name=one.text,
            type="expense",
            is_active=True,
        )
    ]


def _properties(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [_stamped(one, id=waiting(one), organization_id=1, street_address=one.text, is_section_8=False)]


def _invoices(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    def invoice(id_: int, payer: int, **differs: Any) -> dict[str, Any]:
        amount = 90_000 + one.number
        return _stamped(
            one,
            **{
                "id": id_, "organization_id": 1, "invoice_number": f"{id_} {one.text}", "type": "receivable",
                "billed_to_type": "tenant", "billed_to_id": payer, "property_id": waiting(one), "kind": "rent",
                "invoice_date": one.day, "due_date": one.day, "status": "sent", "total_amount": amount, "amount_paid": 0,
                "balance_due": amount, "reminders_paused": False, "memo": one.text, **differs,
            },
        )  # fmt: skip

    return [
        invoice(renting(one), renting(one)),
        invoice(refused(one), renting(one), status=one.text, void_reason=one.text),
        invoice(held_up(one), waiting(one)),
    ]


def _invoice_lines(one: Attack, accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=invoice, invoice_id=invoice, position=1, description=one.text, amount=90_000 + one.number, account_id=accounts["4000"]
        )
        for invoice in (renting(one), refused(one), held_up(one))
    ]  # fmt: skip


def _payments(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    def payment(id_: int, method: str) -> dict[str, Any]:
        return _stamped(
            one, id=id_, organization_id=1, payment_number=f"{id_} {one.text}", payer_type="tenant", payer_id=renting(one),
            amount=80_000 + one.number, payment_date=one.day, method=method, status="completed", reference=one.text,
        )  # fmt: skip

    return [payment(refused(one), one.text), payment(held_up(one), "check"), payment(decided(one), "cash")]


def _allocations(one: Attack, _accounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _stamped(
            one, id=held_up(one), payment_id=held_up(one), invoice_id=refused(one), amount=80_000 + one.number
        )
    ]


def _expenses(one: Attack, accounts: dict[str, int]) -> list[dict[str, Any]]:
    def expense(id_: int, **differs: Any) -> dict[str, Any]:
        return _stamped(
            one,
            **{
                "id": id_, "organization_id": 1, "expense_date": one.day, "due_date": one.day, "amount": 70_000 + one.number,
                "vendor_id": None, "vendor_name": None, "description": one.text, "account_id": waiting(one),
                "custom_property_name": one.text, "status": "paid", "payment_method": "check", "paid_at": one.day, **differs,
            },
        )  # fmt: skip

    return [
        expense(refused(one), vendor_name=one.text),  # the category is mapped to nothing
        expense(
            held_up(one),
            vendor_id=waiting(one),
            account_id=accounts["5000"],
            status="unpaid",
            payment_method=None,
            paid_at=None,
        ),
    ]


_TABLES: dict[str, Callable[[Attack, dict[str, int]], list[dict[str, Any]]]] = {
    "tenants": _tenants,
    "organization_tenants": _memberships,
    "programs": _programs,
    "vendors": _vendors,
    "accounts": _accounts,
    "properties": _properties,
    "invoices": _invoices,
    "invoice_lines": _invoice_lines,
    "payments": _payments,
    "payment_allocations": _allocations,
    "expenses": _expenses,
}


def _mail_of_vendor(one: Attack) -> str:
    return f"vendor{one.number}@example.com"


def in_quickbooks(text: str) -> str:
    """The text as a name that QuickBooks takes: without colons and line ends."""
    return legal_display_name(text)


def _in_quickbooks(one: Attack) -> list[tuple[str, dict[str, Any]]]:
    """Customers of the same names, and two vendors with the e-mail of one."""
    return [
        ("Customer", {"DisplayName": in_quickbooks(one.text)}),
        ("Customer", {"DisplayName": in_quickbooks(f"Program {one.text}")}),
        *(
            (
                "Vendor",
                {
                    "DisplayName": in_quickbooks(f"{which} {one.text}"),
                    "PrimaryEmailAddr": {"Address": _mail_of_vendor(one)},
                },
            )
            for which in ("North", "South")
        ),
    ]


def edit_in_quickbooks(running: Running, of: Sequence[Attack]) -> None:
    """What somebody with the books open does: puts the attacks into memos, lines and a product of invoices that were pushed,
    and types one of them in a second time.
    """
    pushed = {
        customer: invoice
        for invoice in running.objects("Invoice").values()
        if (customer := invoice["CustomerRef"]["name"]).startswith("Renter ")
    }
    assert len(pushed) == len(of)
    for one in of:
        invoice = pushed[in_quickbooks(f"Renter {one.number} {one.text}")]
        # A product's name is 100 long at most; what is left of a longer text is as good an attack.
        item = by_hand(
            running,
            deed="create",
            entity="Item",
            fields={
                "Name": in_quickbooks(one.text)[:95].strip() + f" {one.number}",
                "Type": "Service",
                "IncomeAccountRef": {"value": _income_account(running)},
            },
        )
        line = {
            "Amount": 95_000 + one.number,
            "DetailType": "SalesItemLineDetail",
            "Description": one.text,
            "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "NON"}},
        }
        again = {"CustomerRef": invoice["CustomerRef"], "TxnDate": invoice["TxnDate"]}
        by_hand(
            running,
            deed="create",
            entity="Invoice",
            fields={
                **again,
                "DocNumber": one.text[:21].strip(),
                "Line": [{**line, "Amount": 90_000 + one.number}],
            },
        )
        by_hand(
            running,
            deed="edit",
            entity="Invoice",
            id=invoice["Id"],
            fields={"PrivateNote": f"by hand\n{one.text}", "Line": [line]},
        )


def _income_account(running: Running) -> str:
    return next(
        one["Id"] for one in running.objects("Account").values() if one.get("AccountType") == "Income"
    )
