"""Companies beside the demo's own: whose a record is shows in its name and its cents, and each has a folder that can be used."""

import datetime as dt
from pathlib import Path

import psycopg
import pytest

from rentaxis_pipelines.demo import companies, portfolio
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.portfolio import SMALLEST, SmallOnes
from rentaxis_pipelines.demo.small_companies import small_companies
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.settings.companies import scope_or_stand_in

DAYS = [dt.date(2026, 10, 5), dt.date(2026, 10, 6)]
SMALL = small_companies(3)


@pytest.fixture(scope="module")
def rentaxis(postgres: embedded.Server):
    """The address of a database with the demo's own organization, the second one, and three small ones."""
    yield portfolio.create_demo_database(
        postgres, units=SMALLEST, months=1, database="many_companies", small=SmallOnes(SMALL, DAYS)
    )
    postgres.drop_database("many_companies")


def test_each_company_is_another_one_however_many_there_are() -> None:
    """Short names, names and QuickBooks companies are there once; the first ones stay the same."""
    many = small_companies(1_000)
    assert many[:3] == SMALL
    for told_apart_by in ("slug", "name", "realm"):
        assert len({getattr(company, told_apart_by) for company in many}) == len(many)


def test_the_records_of_each_are_its_own(rentaxis: str) -> None:
    """On each day the same records, with the same numbers, in every organization; the money ends in the company's number."""
    with psycopg.connect(rentaxis) as connection:
        rows = connection.execute(
            """select o.name, count(*), array_agg(distinct invoice_date order by invoice_date), min(invoice_number),
                      array_agg(distinct (total_amount * 100 %% 100)::int)
               from rentaxis.invoices i join rentaxis.organizations o on o.id = i.organization_id
               where o.name = any(%s) group by o.name, o.id order by o.id""",
            [[company.name for company in SMALL]],
        ).fetchall()
    assert rows == [(company.name, 4, DAYS, "INV-000001", [company.number]) for company in SMALL]


def test_each_gets_a_folder_that_can_be_used_and_keeps_it(tmp_path: Path, rentaxis: str) -> None:
    """Of its own organization and QuickBooks company; what a person changed in it is left alone by the next start."""
    organizations = companies.organizations_by_name(rentaxis)
    for _ in range(2):
        companies.write_companies(tmp_path, "1", "9130357992221046", rentaxis, SMALL)
        for company in SMALL:
            scope = scope_or_stand_in(tmp_path / company.slug)
            assert scope.problem is None
            assert (scope.slug, scope.realm) == (company.slug, company.realm)
            assert scope.variables.get("RENTAXIS_ORGANIZATION_ID") == organizations[company.name]
        with (tmp_path / SMALL[0].slug / "company.yaml").open("a") as file:
            file.write("# by hand\n")
    assert (tmp_path / SMALL[0].slug / "company.yaml").read_text().endswith("# by hand\n# by hand\n")
    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted(
        ["demo", *(company.slug for company in SMALL)]
    )


def test_more_companies_than_there_are_records_of_is_one_sentence(tmp_path: Path, rentaxis: str) -> None:
    with pytest.raises(
        CannotLaunch, match=r"no company Canal Street\. Start with --fresh to have 5 companies\."
    ):
        companies.write_companies(tmp_path, "1", "9130357992221046", rentaxis, small_companies(4))
