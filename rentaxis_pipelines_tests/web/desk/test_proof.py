"""The proof at the desk: a month's answer, what stands between, and every sum down to its records; proving again; no proof yet."""

import datetime as dt
import io
import re
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import openpyxl
import pytest
import requests

from rentaxis_pipelines.ledger.database import connect, looking_in
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words

LAST_OF_OCTOBER = dt.date(2026, 10, 31)
PAGES = (
    "/proof", "/proof/month/2026-10", "/proof/month/2026-10/print", "/proof/accounts", "/proof/accounts?month=2026-10",
    "/proof/customers", "/proof/receivables", "/proof/undeposited", "/proof/not-pushed", "/proof/duplicates",
    "/proof/statements",
)  # fmt: skip


@pytest.fixture
def proved(office: Office) -> Office:
    """Everything pushed, and the books proved."""
    office.chain.sync()
    _prove(office)
    return office


def _prove(office: Office) -> None:
    with office.chain.run() as run:
        reconcile(run, office.chain.environment, context_of(run, office.chain.company))


def _sql(office: Office, *statements: str) -> None:
    environment = office.chain.environment
    url = environment.pipelines_database_url.get_secret_value()
    with connect(url) as connection, looking_in(connection, environment.company_key.schema("reports")):
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def _links(office: Office, path: str, **query: str) -> list[str]:
    """The addresses below the company that a page's own part leads to."""
    answer = office.get(path, **query)
    assert answer.status_code == 200, words(answer)
    main = answer.text.partition("<main")[2]
    found = [unescape(link) for link in re.findall(r'href="([^"]+)"', main)]
    return [link.removeprefix(HOME) for link in found if link.startswith(HOME)]


def _money(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def _rows(page: str, caption: str) -> list[list[str]]:
    """The cells of the table with that caption, row by row, its heading and total too."""
    (table,) = [each for each in re.findall(r"(?s)<table>.*?</table>", page) if caption in each]
    rows = re.findall(r"(?s)<tr>.*?</tr>", table)
    return [
        [unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", "", cell)).strip()) for cell in re.findall(r"(?s)<t[hd][ >].*?</t[hd]>", row)]
        for row in rows
    ]  # fmt: skip


def test_before_the_first_proof_each_page_says_so_and_has_the_button(office: Office):
    """The button launches the job in the person's name; a second click, or a viewer, starts nothing."""
    for path in PAGES:
        answer = office.get(path)
        assert answer.status_code == 200, path
        assert "The books have not been proved yet." in words(answer), path
        assert "Prove the books" in words(answer), path
    assert "<button" not in office.get("/proof", "vera").text.partition("<main")[2]

    before = office.instance.get_runs_count()
    refused = office.post("/proof/run", "vera", form_on="/proof")
    assert refused.status_code == 403
    assert office.instance.get_runs_count() == before
    with requests.Session() as oscar:
        oscar.headers["x-forwarded-email"] = "oscar"
        token = re.findall(r'name="form_token" value="(\w+)"', oscar.get(f"{office.url}{HOME}/proof").text)[0]
        address = f"{office.url}{HOME}/proof/run"
        started, again = (oscar.post(address, {"form_token": token}, allow_redirects=False) for _ in range(2))
        assert started.headers["location"] == again.headers["location"]
        assert office.instance.get_runs_count() == before + 1
    run = office.launched()
    assert run.job_name.startswith("reconcile__")
    assert run.tags[REQUESTED_BY_TAG] == "oscar"
    assert started.headers["location"] == f"{HOME}/runs/{run.run_id}"
    assert (
        office.post("/proof/run", "oscar", form_on="/proof/accounts").status_code == 403
    )  # no form where it is no use
    assert "being proved at this moment" in words(office.get("/proof"))
    _ends(office, run)
    assert f'href="{HOME}/proof"' in office.get(f"/runs/{run.run_id}").text.partition("<main")[2]
    office.instance.delete_run(run.run_id)


def _ends(office: Office, run: dg.DagsterRun) -> None:
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, run.job_name)
    office.instance.report_dagster_event(event, run.run_id)


def test_a_month_is_answered_in_the_first_line_and_comes_down_to_its_records(proved: Office):
    """Yes or no; what stands between adds up; each record is a link; the printed and the Excel work paper say the same."""
    front = words(proved.get("/proof"))
    assert "No, October 2026 is not ready to close." in front
    assert "by a test" in front
    assert "Nothing has been pushed, decided or changed in the settings since." in front
    assert "/proof/month/2026-10" in _links(proved, "/proof")

    answer = proved.get("/proof/month/2026-10")
    assert "October 2026 No, October 2026 is not ready to close." in words(answer)
    (*kinds, total) = _rows(answer.text, "<caption>By reason")[1:]
    blockers = _rows(answer.text, "Records blocking the close, largest")[1:]
    assert sum(_money(kind[2]) for kind in kinds) == _money(total[2]) > 0
    assert (len(blockers), sum(_money(row[3]) for row in blockers)) == (int(total[1]), _money(total[2]))
    assert all(why and fix for *_, why, fix in blockers)
    records = [link for link in _links(proved, "/proof/month/2026-10") if link.startswith("/records/")]
    assert len(records) == len(blockers)
    assert "rentaxis-sync" not in answer.text

    paper = proved.get("/proof/month/2026-10/print")
    for said in ("Demo: RentAxis and QuickBooks, October 2026", "Prepared by", "Printed", "by ann", total[2]):
        assert said in words(paper)
    assert _rows(paper.text, "The month on both sides") == _rows(answer.text, "The month on both sides")
    excel = proved.get("/proof/work-paper.xlsx")
    assert "Demo%20work%20paper" in excel.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(excel.content), read_only=True)
    assert {"Ready to close", "Blocking the close"} <= set(book.sheetnames)


def test_what_a_person_excluded_stands_on_the_paper_with_who_and_why(office: Office):
    """An auditor asks: the largest first, on the month's page and on its work paper; of another month nothing."""
    (invoice,) = office.chain.rentaxis(
        """select id, invoice_number from invoices where organization_id = 1 and invoice_date >= '2026-10-01' and billed_to_type = 'tenant' and status = 'paid'
           order by id limit 1"""
    )
    office.chain.decide("exclude", "invoice", str(invoice["id"]))
    office.chain.sync()
    _prove(office)
    for path in ("/proof/month/2026-10", "/proof/month/2026-10/print"):
        ((label, _, _, amount, by, why),) = _rows(office.get(path).text, "<caption>Excluded by a person")[1:]
        assert label == f"Invoice {invoice['invoice_number']}"
        assert _money(amount) > 0
        assert by.startswith("Dana Reyes, ")
        assert why == "as the tenant says"
    assert "Excluded by a person" not in office.get("/proof/month/2026-09").text


def test_every_sum_leads_to_its_records(proved: Office):
    """From accounts and from customers: at each step the page below has the sums of the line that led to it."""
    for start, steps in (("/proof/accounts", 3), ("/proof/customers", 2)):
        path, page = start, proved.get(start)
        for _ in range(steps):
            lines = page.text.partition('aria-label="Lines"')[2]
            path = unescape(re.findall(r'<th scope="row"><a href="([^"]+)"', lines)[0]).removeprefix(HOME)
            first = _rows(f"<table>{lines.partition('<table>')[2]}", "<caption>By ")[1]
            page = proved.get(path)
            assert page.status_code == 200, path
            if not path.startswith("/proof/rows"):
                assert first[-3:] in [row[-3:] for row in _rows(page.text, "<caption>Both sides")]
        assert urlsplit(path).path == "/proof/rows"
        assert set(parse_qs(urlsplit(path).query)) == {"type", "account", "month", "customer"}
        rows = _rows(page.text, "Each record's part")[1:]
        for row in rows:
            assert _money(row[3]) - _money(row[5]) == _money(row[6])
            assert row[7]
        assert any(link.startswith("/records/") for link in _links(proved, path))


def test_receivables_have_a_picture_and_its_figures_and_the_lists_lead_on(proved: Office):
    """The picture is named and has no figure that the table below does not have."""
    page = proved.get("/proof/receivables")
    assert 'role="img" aria-label="Open receivables by days past due, as in the table below"' in page.text
    ages = _rows(page.text, "<caption>By days past due")[1:]
    assert [row[0] for row in ages] == ["Not due yet", "1 to 30 days", "31 to 60 days", "61 to 90 days", "Over 90 days", "Unapplied payments", "Total"]  # fmt: skip
    for title in re.findall(
        r"<title>(.*?)</title>", page.text.partition("By customer")[0].partition("<main")[2]
    ):
        name, _, side_and_amount = unescape(title).partition(", ")
        amounts = [row[1:3] for row in ages if row[0] == name]
        assert not amounts or side_and_amount.partition(": ")[2] in amounts[0]
    customer = next(link for link in _links(proved, "/proof/receivables") if "customer=" in link)
    of_customer = proved.get(customer)
    documents = _rows(of_customer.text, "Open invoices and unapplied payments")[1:]
    total = _rows(of_customer.text, "<caption>By days past due")[-1]
    assert sum(_money(row[4]) for row in documents) == _money(total[2])
    kinds = [link for link in _links(proved, "/proof/not-pushed") if "kind=" in link]
    assert kinds
    assert "Record" in words(proved.get(kinds[0]))
    waiting = proved.get("/proof/undeposited")
    accounts = _rows(waiting.text, "<caption>By account")[1:]
    payments = _rows(waiting.text, "Payments, oldest first")[1:]
    assert sum(int(account[1].replace(",", "")) for account in accounts) >= len(payments) > 0


def test_what_was_entered_by_hand_twice_is_named_with_the_record_it_looks_like(proved: Office):
    """A copy of an invoice, and a bank deposit typed in instead of choosing the payment: each beside our record, to the cent."""
    assert "Nothing in QuickBooks looks like a record of RentAxis" in words(proved.get("/proof/duplicates"))
    chain = proved.chain
    invoice = next(each for each in chain.objects("Invoice", "TotalAmt > 0") if each.get("DocNumber"))
    copied = {name: invoice[name] for name in ("CustomerRef", "TxnDate", "Line")} | {
        "DocNumber": f"{invoice['DocNumber']}-2"
    }
    _by_hand(proved, "Invoice", copied)
    payments = {
        row[0]: row for row in _rows(proved.get("/proof/undeposited").text, "Payments, oldest first")[1:]
    }
    label, _, _, _, _, amount = next(iter(payments.values()))
    with chain.run() as run, looking_in(run.connection, chain.environment.company_key.schema("reports")):
        day = run.connection.exec_driver_sql(
            "select day from undeposited where label = %s", (label,)
        ).scalar_one()
        bank = (
            run.connection.exec_driver_sql("select key from names where account_type = 'Bank' order by 1")
            .scalars()
            .all()[0]
            .partition(":")[2]
        )
    line = {
        "Amount": float(_money(amount)),
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": {"AccountRef": {"value": bank}},
    }
    _by_hand(
        proved,
        "Deposit",
        {"DepositToAccountRef": {"value": bank}, "TxnDate": str(day), "Line": [line]},
    )
    _prove(proved)
    (row,) = _rows(proved.get("/proof/duplicates").text, "Possible duplicates, largest")[1:]
    assert row[0] == f"Invoice {copied['DocNumber']}"
    assert _money(row[2]) == Decimal(str(invoice["TotalAmt"]))
    assert row[4:] == ["Party, amount and date", "yes"]
    typed = _rows(proved.get("/proof/undeposited").text, "Deposits entered by hand, largest")[1:]
    assert [each[2] for each in typed] == [amount]


def _by_hand(office: Office, entity: str, fields: dict[str, Any]) -> None:
    answer = requests.post(
        f"{office.chain.quickbooks.control_url}/hand",
        json={"deed": "create", "entity": entity, "fields": fields},
        timeout=30,
    )
    assert answer.ok, answer.text


def test_hostile_names_are_text_on_every_page(proved: Office):
    """A name that is markup, an address or a formula is shown as it is written, and its link finds it."""
    name = """<script>alert(1)</script>"'><img src=x>&amp;/../?a=b#%00 =1+1"""
    quoted = name.replace("'", "''").replace("%", "%%")
    _sql(
        proved,
        *(
            f"update {mart} set {column} = '{quoted}'"
            for mart, column in (
                ("cells", "party"), ("cells", "account"), ("reconciliation", "party"), ("reconciliation", "account"),
                ("receivables", "party"), ("receivables", "label"), ("records", "label"), ("blockers", "label"), ("blockers", "party"),
                ("blockers", "remedy"), ("undeposited", "party"), ("undeposited", "label"), ("not_pushed_records", "label"),
                ("ready_to_close", "stands_between"), ("parameters", "requested_by"), ("account_totals", "account"),
                ("explanations", "meaning"), ("explanations", "in_short"), ("not_pushed", "what_to_do"),
            )
        ),
        "truncate party_totals, receivables_by_party",
        f"""insert into party_totals select '{quoted}', record_type, 1, 1, sum(rentaxis), sum(quickbooks), sum(difference)
            from reconciliation group by 2""",
        f"""insert into receivables_by_party select '{quoted}', 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0""",
    )  # fmt: skip
    seen = set()
    todo = [path.partition("?")[0] for path in PAGES]
    while todo:
        path = todo.pop()
        kind = urlsplit(path).path, frozenset(parse_qs(urlsplit(path).query))
        if kind in seen:
            continue
        seen.add(kind)
        answer = proved.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert "<img" not in answer.text, path
        if "xlsx" not in path:
            todo += [
                link for link in _links(proved, path) if link.startswith("/proof") and "xlsx" not in link
            ]
    assert ("/proof/rows", frozenset({"type", "account", "month", "customer"})) in seen
    assert ("/proof/receivables", frozenset({"customer"})) in seen


def test_a_proof_that_failed_its_own_checks_says_neither_yes_nor_no(proved: Office):
    """Its figures are shown with a warning above them, on every page and on paper; the month has no answer."""
    _sql(proved, "insert into failed_tests values ('run_proof: the test fails for 3 rows')")
    for path in PAGES:
        said = words(proved.get(path))
        assert "The last proof failed its own checks" in said, path
        assert "October 2026 is not ready" not in said, path
    assert "The last proof failed its own checks" in words(proved.get())


def test_what_cannot_be_shown_is_a_sentence(proved: Office):
    """A month that cannot be, one out of reach, a name nobody has, a page too far; a proof made by an earlier version."""
    for path, said in (
        ("/proof/month/2026-13", "There is no such month."),
        ("/proof/month/october", "There is no such month."),
        ("/proof/month/0000-01/print", "There is no such month."),
        ("/proof/month/2031-01", "The last proof does not reach January 2031."),
        ("/proof/accounts?month=x", "There is no such month."),
        ("/proof/accounts?account=None&type=invoices", "The proof has no such line."),
        ("/proof/customers?customer=Nobody", "The proof has no such line."),
        ("/proof/customers?customer=%00", "There is no such name."),
        ("/proof/rows", "The proof has no such line."),
        ("/proof/receivables?customer=Nobody", "nothing open for a customer of that name"),
        ("/proof/not-pushed?kind=none", "The proof has no such list."),
        ("/proof/accounts?page=999999", "Lists end at page 200."),
    ):
        answer = proved.get(path)
        assert answer.status_code == 400, path
        assert said in words(answer), path
    proved.chain.sync(first_day=LAST_OF_OCTOBER, last_day=LAST_OF_OCTOBER)
    assert "Since then 1 run has pushed records." in words(proved.get("/proof"))
    _sql(
        proved,
        "drop table cells, party_totals, account_totals cascade",
        "alter table blockers drop column remedy",
    )
    for path in ("/proof/accounts", "/proof/customers", "/proof/month/2026-10"):
        assert "proved with an earlier version of this program" in words(proved.get(path)), path
    assert "October 2026" in words(proved.get("/proof"))


def test_the_two_statements_say_what_differs_by_month_and_account_and_why(proved: Office) -> None:
    """The totals are those of the mart, nothing is without an explanation, and each difference names its cause."""
    shown = words(proved.get("/proof/statements"))
    assert "0.00 without an explanation" in shown
    assert "Owner Distributions (RentAxis, not mapped)" in shown
    assert "RentAxis posts it, and no run pushes it" in shown
