"""The pages of the proof, read from real marts: every sum comes down to its records, every page to its neighbours, to the cent."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines.ledger.paging import Page
from rentaxis_pipelines.model.reasons import REASONS
from rentaxis_pipelines.reports import months, not_pushed, proof_lists, proof_pages, proof_state
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.explanations import EXPLANATIONS
from rentaxis_pipelines.reports.marts import run_tests
from rentaxis_pipelines.reports.proof_names import title_of
from rentaxis_pipelines.reports.proof_pages import Cell


def every(read: Callable[..., Page[Any]], *asked: Any, size: int = 7) -> list[Any]:
    """All rows, page after page."""

    def pages() -> Iterator[Any]:
        number = 1
        while True:
            page = read(*asked, number, size)
            assert len(page.rows) <= size
            yield from page.rows
            if not page.has_more:
                return
            number += 1

    return list(pages())


def summed(rows: list[Any]) -> tuple[Decimal | int, ...]:
    return (
        sum(row.entries for row in rows),
        sum(row.differing for row in rows),
        sum(row.rentaxis for row in rows),
        sum(row.quickbooks for row in rows),
        sum(row.difference for row in rows),
    )


@pytest.fixture(scope="module")
def proved(pushed_once):
    """Pushed and proved; what the tests of this file change is taken back by their own transactions."""
    return pushed_once.again()


@pytest.fixture
def reports(proved):
    with proved.reports() as connection:
        yield connection
        connection.rollback()


def test_by_type_account_month_and_party_each_add_up_to_the_whole_reconciliation(reports, proved):
    """However it is split, nothing is lost or counted twice, in count and money."""
    (whole,) = proved.sql(
        """select sum(records)::bigint as entries, sum(records) filter (where explanation <> 'agrees')::bigint as differing,
                  sum(rentaxis) as r, sum(quickbooks) as q, sum(difference) as d from reconciliation"""
    )
    in_all = tuple(whole.values())
    accounts = every(proof_pages.by_account, reports, Cell())
    assert summed(accounts) == in_all
    assert summed(proof_pages.by_type(reports, Cell())) == in_all
    assert summed(proof_pages.by_explanation(reports, Cell())) == in_all
    assert summed(every(proof_pages.by_party, reports)) == in_all
    for account in accounts:
        cell = Cell(record_type=account.record_type, account=account.account)
        assert summed(every(proof_pages.by_month, reports, cell)) == summed([account])


def test_the_lines_of_an_account_and_of_a_customer_come_down_to_their_records(reports):
    """Each line's rows add up to it, to the cent; a row that differs says why and what to do, without a command."""
    account = every(proof_pages.by_account, reports, Cell())[0]
    monthly = every(
        proof_pages.by_month, reports, Cell(record_type=account.record_type, account=account.account)
    )
    worst = max(monthly, key=lambda line: line.differing)
    cell = Cell(record_type=worst.record_type, account=worst.account, month=worst.month)
    lines = every(proof_pages.lines_of_account, reports, cell)
    assert summed(lines) == summed([worst])
    party = next(line.party for line in lines if line.differing)
    of_party = every(proof_pages.lines_of_party, reports, party)
    assert summed(of_party) == summed(proof_pages.party_sums(reports, party))
    for cell in {_cell_of(line) for line in (*lines[:10], *of_party)}:
        rows = every(proof_pages.rows_of_cell, reports, cell)
        of_cell = [line for line in {*lines, *of_party} if _cell_of(line) == cell]
        assert sum(row.difference for row in rows) == sum(line.difference for line in of_cell)
        assert sum(row.rentaxis for row in rows) == sum(line.rentaxis for line in of_cell)
        assert all(row.meaning and row.remedy and "rentaxis-sync" not in row.remedy for row in rows)
        assert all(row.difference == 0 for row in rows if row.agrees)


def _cell_of(line: proof_pages.Sums) -> Cell:
    return Cell(record_type=line.record_type, account=line.account, month=line.month, party=line.party)


def test_what_differs_comes_first_and_pages_of_any_size_are_the_same_list(reports):
    """Largest difference first; no row is on two pages or on none."""
    listed = every(proof_pages.by_party, reports, size=3)
    assert listed == every(proof_pages.by_party, reports, size=50)
    amounts = [abs(line.difference) for line in listed]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 0
    assert len({(line.party, line.record_type) for line in listed}) == len(listed)


def test_a_month_names_each_record_that_stands_between(reports, proved):
    """The sentence, the kinds and the records tell the same count and money."""
    ready = months.months_ready(reports)
    assert ready.sentence == ""
    assert [month.month for month in ready.months] == sorted((m.month for m in ready.months), reverse=True)
    month = next(month for month in ready.months if month.state == "open")
    assert months.month_of(reports, month.month) == month
    kinds = months.kinds_of(reports, month.month)
    blockers = every(months.blockers_of, reports, month.month)
    assert (sum(kind.records for kind in kinds), sum(kind.amount for kind in kinds)) == (
        month.records,
        month.amount,
    )
    assert (len(blockers), sum(blocker.amount for blocker in blockers)) == (month.records, month.amount)
    assert [blocker.amount for blocker in blockers] == sorted((b.amount for b in blockers), reverse=True)
    assert all(blocker.remedy and "rentaxis-sync" not in blocker.remedy for blocker in blockers)
    ids = {
        f"{blocker.record.partition('/')[2]} ("
        for blocker in blockers
        if blocker.record.startswith("expense")
    }
    assert not [blocker.label for blocker in blockers if any(each in blocker.label for each in ids)]
    assert month.answer == f"No, {month.month:%B %Y} is not ready to close."


def test_open_receivables_by_age_and_customer_come_down_to_their_documents(reports, proved):
    """The ages, the customers and the documents are the same money on both sides."""
    (whole,) = proved.sql("select count(*) as n, sum(rentaxis) as r, sum(quickbooks) as q from receivables")
    in_all = proof_lists.receivables_in_all(reports)
    customers = every(proof_lists.receivables_by_customer, reports)
    assert (in_all.documents, in_all.rentaxis, in_all.quickbooks) == tuple(whole.values())
    assert sum(customer.rentaxis for customer in customers) == whole["r"]
    assert sum(customer.quickbooks for customer in customers) == whole["q"]
    for index, age in enumerate(in_all.ages):
        assert sum(customer.ages[index].rentaxis for customer in customers) == age.rentaxis
    for customer in customers[:5]:
        documents = every(proof_lists.open_documents, reports, customer.party)
        assert len(documents) == customer.documents
        assert sum(document.difference for document in documents) == customer.difference
        assert {document.age for document in documents} <= set(proof_lists.AGES.values())
        assert proof_lists.receivables_of(reports, customer.party) == customer
    assert proof_lists.receivables_of(reports, "Nobody") is None


def test_what_waits_for_its_deposit_and_what_is_never_pushed_adds_up(reports):
    """The sums by account are those of the payments; a kind's records are those of its line."""
    waiting = every(proof_lists.waiting, reports)
    for account in proof_lists.waiting_by_account(reports):
        payments = [payment for payment in waiting if payment.account == account.account]
        assert (len(payments), sum(payment.amount for payment in payments)) == (
            account.payments,
            account.amount,
        )
        assert max(payment.days_there for payment in payments) == account.oldest_days
    assert [payment.day for payment in waiting] == sorted(payment.day for payment in waiting)
    groups = proof_lists.never_pushed(reports)
    assert groups
    for group in groups:
        records = every(proof_lists.never_pushed_records, reports, group.kind, group.reason)
        assert (len(records), sum(record.amount for record in records)) == (group.records, group.money)


def test_a_name_longer_than_an_index_holds_and_a_hostile_one_are_data(pushed):
    """A payer of RentAxis may be called anything: the marts are made, and its lines are found by its whole name."""
    names = ["".join(chr(0x4E00 + (7 * n * n) % 9000) for n in range(3000)) + end for end in ("1", "2")]
    names.append("<script>alert(1)</script>'; drop table cells; --")
    invoices = pushed.sql(
        "select split_part(record, '/', 2) as id from records where record_type = 'invoices' and not in_quickbooks and rentaxis_total > 0"
    )
    with pushed.reports() as connection:
        for name, invoice in zip(names, invoices, strict=False):
            connection.exec_driver_sql(
                "update rentaxis_invoices set payer_name = %s, payer_id = 'nobody' where source_id = %s",
                (name, invoice["id"]),
            )
        connection.commit()
    pushed.make_again()
    with pushed.reports() as connection:
        assert run_tests(connection) == []
        for name in names:
            (line,) = proof_pages.party_sums(connection, name)
            (row,) = {
                r.record: r for r in every(proof_pages.rows_of_cell, connection, Cell(party=name))
            }.values()
            assert line.rentaxis == row.rentaxis or line.entries > 1
            assert every(proof_pages.lines_of_party, connection, name)[0].party == name


def test_without_a_proof_or_with_one_of_an_earlier_version_there_is_a_sentence(books, reports):
    """Never proved, a mart missing, a column missing: each is said, and the connection can still be used."""
    with books.reports() as connection:
        never = months.months_ready(connection)
        assert (never.proof, list(never.months)) == (None, [])
        assert never.sentence == "The books have not been proved yet."
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
        connection.rollback()
    reports.exec_driver_sql("alter table ready_to_close drop column never_pushed")
    earlier = months.months_ready(reports)
    assert "earlier version" in earlier.sentence
    assert reports.exec_driver_sql("select 1").scalar_one() == 1
    reports.exec_driver_sql("drop table cells cascade")
    with pytest.raises(proof_state.NotProved, match="earlier version"):
        proof_pages.rows_of_cell(reports, Cell(party="Ada"), 1)


def test_a_proof_is_fresh_until_something_is_pushed_or_decided(pushed):
    """What happened since is counted; a preview counts for nothing."""
    pushed.reconcile()
    with pushed.reports() as connection:
        proof = proof_state.last_proof(connection)
        assert proof.is_fresh
        assert proof.requested_by == "a test"
        assert not proof.is_old(proof.made_at)
    pushed.push()
    with pushed.reports() as connection:
        pushed_since = proof_state.last_proof(connection)
        assert (pushed_since.since.runs, pushed_since.is_fresh) == (1, False)
    pushed.sql_do(
        "update ledger.plans set created_at = created_at - interval '1 day', finished_at = finished_at - interval '1 day'"
    )
    pushed.sql_do(
        """insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at)
           select realm, 'invoice', '1', 'exclude', 'not ours', 'Ada', now() + interval '1 minute' from parameters"""
    )
    with pushed.reports() as connection:
        decided = proof_state.last_proof(connection).since
        assert (decided.runs, decided.decided) == (0, True)


REMEDIES = [
    *(text for each in EXPLANATIONS for text in (each.how_to_fix, each.out_of_range) if text),
    *(reason.remedy for reason in REASONS.values()),
    *(remedy for _, remedy in not_pushed._REASONS.values()),
]


@pytest.mark.parametrize("remedy", sorted({text for text in REMEDIES if "rentaxis-sync" in text}))
def test_a_remedy_at_the_desk_names_no_command(remedy):
    """What is left is a whole sentence."""
    said = for_the_desk(remedy)
    assert "rentaxis-sync" not in said
    assert "(" not in said.replace("(Possible duplicates)", "")
    assert said[0].isupper()
    assert said.endswith(".")
    assert "  " not in said
    assert " ." not in said
    assert " ," not in said


@pytest.mark.parametrize(
    ("record", "label", "entity", "number", "title"),
    [
        ("invoice/7", "Invoice INV-7", "Invoice", None, "Invoice INV-7"),
        ("expense/17", "Expense 17 (Ace Plumbing)", "Bill", None, "Expense of Ace Plumbing"),
        ("expense/17", "Expense 17", None, None, "An expense without a name"),
        ("expense_payment/17", "Payment of expense 17 (Ace)", "BillPayment", None, "Payment of expense of Ace"),
        ("expense_replaced/17", "Purchase 55 in QuickBooks", "Purchase", None, "Expense without a number in QuickBooks"),
        ("Purchase:55", "Purchase 55 in QuickBooks", "Purchase", None, "Expense without a number in QuickBooks"),
        ("Bill:55", "Bill A-1 in QuickBooks", "Bill", "A-1", "Bill A-1 in QuickBooks"),
        ("late_fee/3", "Late fee of March 3", None, None, "Late fee of March 3"),
    ],
)  # fmt: skip
def test_a_record_is_called_by_its_number_or_name(record, label, entity, number, title):
    """Never by an id."""
    assert title_of(record, label, entity, number) == title
