"""Many companies in the demo stack: a folder for each, with its books in RentAxis and in QuickBooks, and the connection between them.

The first is the demo's own company with all its cases; the others are small (``small_companies``).
Here: the folder of companies and what is shared by all. Not here: the running parts (``stack``).
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from rentaxis_pipelines.demo.small_companies import SmallCompany
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.safety.private_files import close_to_others, private_folder
from rentaxis_pipelines.settings.company_folder import COMPANY_FILE, DEFS, Books
from rentaxis_pipelines.settings.new_company import defs_text
from rentaxis_pipelines.settings.shipped import CONFIG

DEMO_COMPANY_FILE = CONFIG / "company.demo.yaml"
WHOLE_BOOKS_FILE = CONFIG / "company.whole_books.yaml"  # the same company with every record type switched on
DEMO = "demo"  # the slug in it
# Which books a company keeps is never shared: it stands in its defs.yaml.
OF_ONE_COMPANY = ("RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "RENTAXIS_COMPANY_FILE")


def write_companies(
    folder: Path, organization: str, realm: str, rentaxis_url: str, small: Sequence[SmallCompany]
) -> None:
    """The folder of companies: the demo's own, of this organization and realm, and the small ones. Those that are there are kept.

    Raises CannotLaunch where RentAxis has no records of a small one.
    """
    close_to_others(private_folder(folder))
    organizations = organizations_by_name(rentaxis_url)
    unknown = [company.name for company in small if company.name not in organizations]
    if unknown:
        raise CannotLaunch(
            f"The records kept from the last session have no company {unknown[0]}. Start with --fresh to have {len(small) + 1} companies."
        )
    add_company(folder / DEMO, organization, realm)
    for company in small:
        add_company(folder / company.slug, organizations[company.name], company.realm)


def add_company(folder: Path, organization: str, realm: str) -> None:
    """A company of the demo's settings, under the folder's name as its short name. Nothing is changed if there is one."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}")  # a company appears whole, or not at all
    shutil.rmtree(unfinished, ignore_errors=True)
    private_folder(unfinished)
    settings = DEMO_COMPANY_FILE.read_text(encoding="utf-8")
    settings = settings.replace(f"\nslug: {DEMO}\n", f"\nslug: {folder.name}\n", 1)
    (unfinished / COMPANY_FILE).write_text(settings, encoding="utf-8")
    (unfinished / DEFS).write_text(defs_text(Books(organization=organization, realm=realm)), encoding="utf-8")
    unfinished.rename(folder)


def shared_variables(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of one company as those that all companies of the folder share."""
    without_books = dict.fromkeys(OF_ONE_COMPANY, "")
    return {**environment, **without_books, "RENTAXIS_COMPANIES_FOLDER": str(folder)}


def organizations_by_name(rentaxis_url: str) -> dict[str, str]:
    """The id of each organization in RentAxis."""
    with psycopg.connect(rentaxis_url) as connection:
        return dict(connection.execute("select name, id::text from rentaxis.organizations").fetchall())
