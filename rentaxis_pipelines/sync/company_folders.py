"""The folder of a new company put in its place, and that of a removed one aside: whole, or not at all.

Not here: what is in it (``settings.new_company``), whether a company may be removed (``cli.company_folders``).
"""

import datetime as dt
import shutil
import tempfile
from pathlib import Path

from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.settings.company_folder import DEFS, Books
from rentaxis_pipelines.settings.new_company import files_of
from rentaxis_pipelines.settings.scope import refuse_same_realm

REMOVED = ".removed"  # beside the companies' folders; no folder with a dot is a company's


class FolderUnchanged(SettingsError):
    """The folder of a company cannot be written, moved or deleted."""


def add_company(
    companies: Path,
    slug: str,
    books: Books,
    *,
    time_zone: str | None = None,
    first_day: dt.date | None = None,
) -> Path:
    """The new company's folder, with defs.yaml, company.yaml and environment, readable only by their owner.

    Raises FolderUnchanged where it is there already or cannot be written, CompanyFileError for what no company may be.
    """
    files = files_of(slug, books, time_zone, first_day)
    folder = companies / slug
    if not companies.is_dir():
        raise FolderUnchanged(f"There is no folder {companies}, so no company was added. Create it first.")
    if folder.exists():
        raise FolderUnchanged(f"{folder} already exists, so nothing was written. Choose another short name.")
    refuse_same_realm(folder, books)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{slug}.", dir=companies) as unfinished:
            beside = private_folder(Path(unfinished) / slug)
            for name, text in files.items():
                with written_privately(beside / name) as file:
                    file.write_text(text, encoding="utf-8")
            beside.rename(folder)
    except OSError as error:
        raise FolderUnchanged(
            f"{folder} cannot be written ({error.strerror}), so no company was added."
        ) from error
    return folder


def set_aside(companies: Path, folder: Path, now: dt.datetime) -> Path:
    """Move a company's folder under ``.removed``; returns where it is now.

    Its ``defs.yaml`` becomes ``defs.yaml.removed``, so that nothing takes it for a company's. Raises FolderUnchanged.
    """
    place = companies / REMOVED / f"{folder.name}-{now:%Y%m%d-%H%M%S}"
    try:
        private_folder(place.parent)
        folder.rename(place)
        defs = place / DEFS
        if defs.exists():
            defs.rename(defs.with_name(f"{DEFS}.removed"))
    except OSError as error:
        raise FolderUnchanged(f"{folder} cannot be moved to {place} ({error.strerror}).") from error
    return place


def delete_folder(folder: Path) -> None:
    """Delete a company's folder with all files in it. Raises FolderUnchanged where it cannot be deleted completely."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise FolderUnchanged(f"{folder} cannot be deleted completely ({error.strerror}).") from error
