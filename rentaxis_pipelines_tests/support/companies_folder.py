"""Folders of companies, as ``rentaxis-sync companies add`` leaves them. Not here: their databases and books."""

from pathlib import Path

from rentaxis_pipelines.settings.company_folder import COMPANY_FILE, COMPONENT, DEFS

COMPANY = "slug: {slug}\ntime_zone: America/New_York\nfirst_day: 2026-01-01\n"


def write_company(companies: Path, slug: str, *, organization: str, realm: str, text: str = COMPANY) -> Path:
    """The folder of a company of that short name; ``text`` is its company file, with ``{slug}`` where that goes."""
    folder = companies / slug
    folder.mkdir(parents=True)
    (folder / DEFS).write_text(
        f'type: {COMPONENT}\nattributes: {{organization: "{organization}", realm: "{realm}"}}\n'
    )
    (folder / COMPANY_FILE).write_text(text.format(slug=slug))
    return folder
