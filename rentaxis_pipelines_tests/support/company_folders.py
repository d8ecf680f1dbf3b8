"""Folders of companies, as ``rentaxis-sync companies add`` leaves them, for tests that need several companies and push nothing."""

from pathlib import Path

from cryptography.fernet import Fernet

KEY = Fernet.generate_key().decode()


def add_company_folder(
    companies: Path, slug: str, realm: str, pipelines_url: str, *, organization: str = "", **variables: str
) -> Path:
    """A company of that realm in ``companies``, its secrets beside it; QuickBooks and RentAxis are nowhere."""
    folder = companies / slug
    folder.mkdir(parents=True)
    (folder / "company.yaml").write_text(
        f"slug: {slug}\ntime_zone: America/New_York\nfirst_day: 2026-01-01\n"
    )
    (folder / "defs.yaml").write_text(
        "type: rentaxis_pipelines.components.Company\n"
        f'attributes: {{organization: "{organization or realm}", realm: "{realm}"}}\n'
    )
    values = {
        "PIPELINES_DATABASE_URL": pipelines_url,
        "PIPELINES_SECRET_KEY": KEY,
        "RENTAXIS_DATABASE_URL": "postgresql://reader:secret@localhost:1/rentaxis",
        "QUICKBOOKS_BASE_URL": "https://quickbooks.api.intuit.com",
        "QUICKBOOKS_AUTH_BASE_URL": "https://oauth.platform.intuit.com",
        "QUICKBOOKS_CLIENT_ID": "app",
        "QUICKBOOKS_CLIENT_SECRET": "secret",
        **variables,
    }
    secrets = folder / "environment"
    secrets.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    secrets.chmod(0o600)
    return folder
