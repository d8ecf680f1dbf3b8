"""Staging models that somebody adapted to a real schema: what breaks the contract stops the run, and what is more is passed over."""

import datetime as dt
from pathlib import Path

import pytest

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines.rentaxis.frames import (
    frame_schema,
)
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

MARCH_1 = dt.date(2026, 3, 1)


def adapted(folder: Path, name: str, old: str, new: str) -> SqlModels:
    """The staging models with one file changed, as somebody adapting them to a real schema might."""
    for file in STAGING_FOLDER.glob("*.sql"):
        text = file.read_text(encoding="utf-8")
        if file.stem == name:
            assert old in text
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    return SqlModels(folder)


@pytest.mark.parametrize(
    ("model", "old", "new", "complaint"),
    [
        ("invoices", "    chosen.memo,\n", "", r"invoices\.sql returns no column memo"),
        (
            "invoices",
            "chosen.memo,",
            "7 as memo,",
            "returns memo as int4; it must be text or varchar or bpchar or uuid: write ::text",
        ),
        ("invoices", "'amount', line.amount::text,", "", r"returns no lines\.amount"),
        ("nested_payers", "'email', payer.email,", "", r"returns no payer\.email"),
        ("accounts", "'type', account.type", "'kind', account.type", r"returns no lines\.account\.type"),
        (
            "invoices",
            "line.amount::text",
            "line.amount",
            r"returns lines\.amount as a number; it must be text with two decimals",
        ),
        (
            "invoices",
            "left join lines on lines.invoice_id = chosen.id",
            "left join lines on lines.invoice_id = chosen.id cross join (values (1), (2)) as twice (n)",
            "more than once; it must return one row per record",
        ),
    ],
)
def test_a_staging_model_that_breaks_the_contract_stops_the_run(
    source, new_york, tmp_path, model, old, new, complaint
) -> None:
    """Whoever adapts the SQL to another schema hears what is missing, before anything is pushed."""
    source.insert("accounts", id=3, organization_id=1, number="4000", name="Rent", type="income")
    source.invoice(1, [10])
    source.execute("update rentaxis.invoice_lines set account_id = 3")
    models = adapted(tmp_path, model, old, new)
    with pytest.raises(SourceShapeChanged, match=complaint), snapshot(source.url) as connection:
        extract(connection, "invoices", DateRange(MARCH_1, dt.date(2026, 4, 1)), "1", new_york, models=models)


def test_columns_the_contract_has_not_are_passed_over(source, new_york, tmp_path) -> None:
    source.invoice(1, [10])
    models = adapted(tmp_path, "invoices", "chosen.memo,", "chosen.memo, 'more' as more,")
    with snapshot(source.url) as connection:
        frame = extract(
            connection, "invoices", DateRange(MARCH_1, dt.date(2026, 4, 1)), "1", new_york, models=models
        )
    assert list(frame.columns) == frame_schema("invoices").names
