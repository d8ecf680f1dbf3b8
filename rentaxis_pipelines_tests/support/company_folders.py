"""Folders of companies as a person writes them, and every way in which one of them can be broken."""

import dataclasses
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines.settings.company_folder import COMPONENT

CONNECTIONS: Mapping[str, str] = {
    "RENTAXIS_DATABASE_URL": "postgresql://reader:hush@127.0.0.1:1/rentaxis",
    "PIPELINES_DATABASE_URL": "postgresql://writer:hush@127.0.0.1:1/pipelines",
    "QUICKBOOKS_BASE_URL": "http://127.0.0.1:1",
    "QUICKBOOKS_AUTH_BASE_URL": "http://127.0.0.1:1",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "hush",
    "PIPELINES_SECRET_KEY": "hush",
}
KEY = Fernet.generate_key().decode()
NAMES = (*CONNECTIONS, "RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "RENTAXIS_COMPANY_FILE", COMPANIES_FOLDER,
         "RENTAXIS_SQL_FOLDER", "RENTAXIS_COMPANY", "NOTICE_WEBHOOK_URL", "DAGSTER_HOME")  # fmt: skip


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that RENTAXIS_COMPANIES_FOLDER names, empty; nothing else is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "companies"
    folder.mkdir()
    monkeypatch.setenv(COMPANIES_FOLDER, str(folder))
    return folder


def write_company(
    companies: Path,
    slug: str,
    *,
    organization: str = "1",
    realm: str = "9341",
    prefix: str = "",
    more: str = "",
) -> Path:
    """A folder as ``companies add`` writes it, with a short company file."""
    folder = companies / slug
    folder.mkdir(parents=True)
    lines = [f'  organization: "{organization}"', f'  realm: "{realm}"', f'  prefix: "{prefix}"']
    (folder / "defs.yaml").write_text(f"type: {COMPONENT}\nattributes:\n" + "\n".join(lines) + "\n")
    (folder / "company.yaml").write_text(
        f"slug: {slug}\ntime_zone: America/New_York\nfirst_day: 2026-01-01\n{more}"
    )
    return folder


def write_environment(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "environment"
    file.write_text(text)
    file.chmod(mode)
    return file


def add_company_folder(
    companies: Path, slug: str, realm: str, pipelines_url: str, *, organization: str = "", **variables: str
) -> Path:
    """A company with its own secrets beside it, which work; QuickBooks and RentAxis are nowhere."""
    folder = write_company(companies, slug, organization=organization or realm, realm=realm)
    values = {
        **CONNECTIONS,
        "PIPELINES_DATABASE_URL": pipelines_url,
        "PIPELINES_SECRET_KEY": KEY,
        **variables,
    }
    write_environment(folder, "".join(f"{name}={value}\n" for name, value in values.items()))
    return folder


@dataclasses.dataclass(frozen=True)
class Breakage:
    """``breaks``: what is done to the folder; ``said``: a pattern of the sentence. ``when_read``: known only once its variables are read."""

    breaks: Callable[[Path], object]
    said: str
    when_read: bool = False


def _replaced(name: str, old: str, new: str) -> Callable[[Path], object]:
    def replace(folder: Path) -> None:
        text, changed = re.subn(old, new, (folder / name).read_text(), count=1)
        assert changed
        (folder / name).write_text(text)

    return replace


def _with_staging(folder: Path) -> None:
    shutil.copytree(STAGING_FOLDER, folder / "staging")
    _replaced("staging/invoices.sql", r"\{\{ ref\('", "{{ ref('no_")(folder)


BREAKAGES: Mapping[str, Breakage] = {
    "no defs.yaml": Breakage(lambda folder: (folder / "defs.yaml").unlink(), r"defs\.yaml: there is no such file"),
    "defs.yaml is no YAML": Breakage(lambda folder: (folder / "defs.yaml").write_text("type: [\n"), "not valid YAML"),
    "defs.yaml is empty": Breakage(lambda folder: (folder / "defs.yaml").write_text(""), "expected settings"),
    "defs.yaml is no text": Breakage(lambda folder: (folder / "defs.yaml").write_bytes(b"\xff\xfe"), "cannot be read as text"),
    "another type": Breakage(_replaced("defs.yaml", COMPONENT, "somebody.else.Component"), "line 1: expected type: "),
    "no attributes": Breakage(lambda folder: (folder / "defs.yaml").write_text(f"type: {COMPONENT}\n"), "organization is required"),
    "attributes are a list": Breakage(lambda folder: (folder / "defs.yaml").write_text(f"type: {COMPONENT}\nattributes: [a]\n"), "attributes"),
    "a key that is none": Breakage(_replaced("defs.yaml", "  prefix", "  prefx"), "prefx is not a setting. Did you mean 'prefix'"),
    "organization without quotes": Breakage(_replaced("defs.yaml", 'organization: "1"', "organization: 1"), "in quotes"),
    "realm is no number": Breakage(_replaced("defs.yaml", r'realm: "\d+"', 'realm: "93x"'), "digits only"),
    "prefix in small letters": Breakage(_replaced("defs.yaml", 'prefix: ""', 'prefix: "elm_"'), "capitals"),
    "no company.yaml": Breakage(lambda folder: (folder / "company.yaml").unlink(), r"company\.yaml: there is no such file"),
    "company.yaml is no YAML": Breakage(lambda folder: (folder / "company.yaml").write_text("a: {\n"), "not valid YAML"),
    "a setting that is none": Breakage(_replaced("company.yaml", "time_zone", "timezone"), "timezone is not a setting"),
    "another slug": Breakage(_replaced("company.yaml", "slug: ", "slug: old_"), "the slug is old_"),
    "a time zone that is none": Breakage(_replaced("company.yaml", "America/New_York", "Mars"), "expected a time zone"),
    "a model of its own SQL is not there": Breakage(_with_staging, "invoices.sql refers to 'no_"),
    "its own SQL is empty": Breakage(lambda folder: (folder / "staging").mkdir(), "staging"),
    "its secrets can be read by others": Breakage(
        lambda folder: write_environment(folder, "A=b\n", 0o644), "chmod 600", when_read=True
    ),
    "a line of its secrets is none": Breakage(
        lambda folder: write_environment(folder, "hush hush\n"), r"environment, line 1: expected NAME=value", when_read=True
    ),
}  # fmt: skip
