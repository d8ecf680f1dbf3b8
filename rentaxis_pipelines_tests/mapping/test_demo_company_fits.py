"""The demo's company files name only what the demo QuickBooks company really has."""

from pathlib import Path

import pytest

from quickbooks_emulator.clock import Clock
from quickbooks_emulator.seeds import plant
from quickbooks_emulator.switches import Switches
from rentaxis_pipelines.demo.companies import DEMO_COMPANY_FILE, WHOLE_BOOKS_FILE
from rentaxis_pipelines.mapping.preflight import check_company, check_mappings
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.settings import load_company


@pytest.mark.parametrize("file", [DEMO_COMPANY_FILE, WHOLE_BOOKS_FILE], ids=lambda file: file.name)
def test_the_company_files_of_the_demo_fit_the_demo_seed_of_the_emulator(file: Path) -> None:
    company = plant("demo", Clock(), Switches())
    references = References.from_snapshot(
        {entity: list(table.rows.values()) for entity, table in company.store.tables.items()}
    )
    settings = load_company(file)
    assert check_mappings(settings, references) == []
    assert check_company(settings, references) == []
