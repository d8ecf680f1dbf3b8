"""The demo company file names only what the demo QuickBooks company really has."""

from quickbooks_emulator.clock import Clock
from quickbooks_emulator.seeds import plant
from quickbooks_emulator.switches import Switches
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import check_company, check_mappings
from rentaxis_pipelines.mapping.references import References


def test_the_demo_company_file_fits_the_demo_seed_of_the_emulator(context: Context) -> None:
    company = plant("demo", Clock(), Switches())
    references = References.from_snapshot(
        {entity: list(table.rows.values()) for entity, table in company.store.tables.items()}
    )
    assert check_mappings(context.company, references) == []
    assert check_company(context.company, references) == []
