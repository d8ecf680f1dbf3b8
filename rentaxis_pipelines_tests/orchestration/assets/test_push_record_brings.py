"""One record on demand brings what it needs and nothing else, for every type that all companies have; its type is a list to choose from."""

import re
from collections import Counter

import dagster as dg
import pytest

from rentaxis_pipelines.model.record_types import BASIC_TYPES, BY_NAME
from rentaxis_pipelines.orchestration import decide
from rentaxis_pipelines_tests.support import company_jobs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ENTITIES = ("Customer", "Vendor", "Invoice", "Payment", "Purchase", "Bill", "BillPayment")
PLAIN = "not exists (select from rentaxis.demo_cases c where c.entity_id in ({}))"

# Ordinary records, each of another payer: none of them shares what it brings with another.
RECORDS = {
    "tenant": f"""
        select t.id from rentaxis.tenants t join rentaxis.organization_tenants o on o.tenant_id = t.id and o.organization_id = 1
        where {PLAIN.format("t.id::text")} order by t.id desc limit 1""",
    "program": """
        select p.id from rentaxis.programs p where p.organization_id = 1
        and not exists (select from rentaxis.demo_cases c where c.entity_type = 'program' and c.entity_id = p.id::text) order by p.id limit 1""",
    "invoice": f"""
        select i.id from rentaxis.invoices i join rentaxis.tenants t on t.id = i.billed_to_id and i.billed_to_type = 'tenant'
        where i.organization_id = 1 and i.status = 'paid' and {PLAIN.format("i.id::text, t.id::text")} order by i.id limit 1""",
    "payment": f"""
        select p.id from rentaxis.payments p
        join rentaxis.payment_allocations a on a.payment_id = p.id
        join rentaxis.invoices i on i.id = a.invoice_id and i.billed_to_id = p.payer_id and i.status = 'paid'
        join rentaxis.tenants t on t.id = p.payer_id and p.payer_type = 'tenant'
        where p.organization_id = 1 and p.status = 'completed' and {PLAIN.format("p.id::text, i.id::text, t.id::text")}
        group by p.id having count(*) = 1 order by p.id desc limit 1""",
    "expense": f"""
        select e.id from rentaxis.expenses e join rentaxis.vendors v on v.id = e.vendor_id
        where e.organization_id = 1 and e.status = 'paid' and e.paid_at = e.expense_date and {PLAIN.format("e.id::text, v.id::text")} order by e.id limit 1""",
}
BRINGS = {
    "tenant": {"Customer": 1},
    "program": {"Customer": 1},
    "invoice": {"Customer": 1, "Invoice": 1},
    "payment": {"Customer": 1, "Invoice": 1, "Payment": 1},
    "expense": {"Vendor": 1, "Purchase": 1},
}


def push(running_company, record_type: str, source_id: str, **tags: str):
    return running_company.execute(
        "push_record",
        {"ops": {"push_one_record": {"config": {"record_type": record_type, "source_id": source_id}}}},
        tags,
    )


def held(running_company) -> Counter[str]:
    return Counter({entity: len(running_company.objects(entity)) for entity in ENTITIES})


def test_every_basic_type_brings_what_it_needs_and_nothing_else(running_company):
    """Customer for an invoice, customer and invoice for a payment, vendor for an expense. A second time nothing is written;
    a preview by tag writes nothing either.
    """
    assert set(BRINGS) == {name for kind in BASIC_TYPES for name in BY_NAME[kind].source_types}
    for record_type, brings in BRINGS.items():
        (found,) = running_company.rentaxis(RECORDS[record_type])
        source_id = str(found["id"])
        before, writes = held(running_company), running_company.writes()
        looked = push(running_company, record_type, source_id, preview="yes")
        assert looked.success, looked.why
        assert running_company.writes() == writes

        pushed = push(running_company, record_type, source_id)
        assert pushed.success, pushed.why
        assert +(held(running_company) - before) == Counter(brings), record_type

        writes = running_company.writes()
        assert push(running_company, record_type, source_id).success
        assert running_company.writes() == writes, record_type


def test_its_type_is_a_list_to_choose_from_in_the_form():
    """The form Dagster draws takes one of these words and no other."""
    (op,) = company_jobs.job("push_record").graph.node_defs
    field = op.config_schema.config_type.fields["record_type"]
    assert {value.config_value for value in field.config_type.enum_values} == {
        "tenant",
        "program",
        "invoice",
        "payment",
        "expense",
        "credit",
        "credit_application",
        "refund",
        "deposit",
        "deposit_settlement",
        "journal_entry",
        "paper",
    }
    ended = dg.validate_run_config(
        company_jobs.job("push_record"),
        {"ops": {"push_one_record": {"config": {"record_type": "payment", "source_id": "1"}}}},
    )
    assert ended


def test_forms_take_the_number_people_know_and_refuse_what_does_not_exist_before_anything_starts(
    running_company,
):
    """The form that pushes one record, and those of decisions; what is refused reads nothing of QuickBooks."""
    (found,) = running_company.rentaxis(RECORDS["invoice"])
    (number,) = running_company.rentaxis(f"select invoice_number from invoices where id = {found['id']}")[
        0
    ].values()
    assert push(running_company, "invoice", number.lower()).success
    assert len(running_company.objects("Invoice")) == 1
    form = {"record_type": "invoice", "source_id": number, "why": "test entry", "who": "Dana"}
    assert running_company.execute("decide", decide.run_config("exclude", form)).success
    unknown = {"record_type": "invoice", "source_id": "INV-999999"}
    for job, config in (
        ("push_record", {"ops": {"push_one_record": {"config": unknown}}}),
        ("decide", decide.run_config("include", {**unknown, "why": "x", "who": "Dana"})),
    ):
        refused = running_company.execute(job, config)
        assert not refused.success
        sentence = "RentAxis has no invoice with the number or id INV-999999 in this organization. Nothing was started."
        assert set(refused.why.splitlines()) == {sentence}


def test_the_page_of_a_run_says_how_far_it_has_come_in_counts_alone(running_company):
    """Records read, planned, sent and answered, in the log of the step that pushes; no name and no amount."""
    ended = running_company.launch("bulk_sync", "2026-09-01", "2026-09-07", types=["expenses"])
    logged = [
        event.message
        for event in running_company.instance.all_logs(ended.result.run_id)
        if event.message.startswith("So far: ")
    ]
    assert len(logged) == 1
    assert re.fullmatch(r"So far: \d+ records read, \d+ planned, (\d+) of \1 sent, \1 answered\.", logged[0])
