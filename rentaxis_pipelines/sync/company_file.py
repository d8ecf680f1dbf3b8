"""The file that a company's ledger travels in: a zip archive with a member per table and a manifest, ``company.json``.

Here: writing and reading it, a piece at a time, and what a file must be to be read. Not here: the rows (``ledger.company_rows``), whether
a company may go or come (``sync.company_moves``).
"""

import datetime as dt
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec

from rentaxis_pipelines.safety.private_files import written_privately
from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.settings.company_key import checked_realm

FORMAT = 1
_MANIFEST = "company.json"
_PIECE = 1 << 20  # bytes

Count = Annotated[int, msgspec.Meta(ge=0)]


class NoCompanyFile(SettingsError):
    """The file is none that was exported, is damaged, or cannot be read or written. Nothing was changed."""


class TableInFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table: the columns in the order of the member's lines, and how many lines it has."""

    columns: Sequence[str]
    rows: Count


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ledger``: the revision of the tables. ``left``: whether the company was marked as gone from the database it was exported from."""

    format: int
    program: str
    ledger: str
    realm: str
    organization_id: str
    exported_at: dt.datetime
    exported_by: str
    left: bool
    tables: Mapping[str, TableInFile]


class CompanyFileWriter:
    """Tables are put in one after the other; ``finish`` makes the file whole."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, table: str, pieces: Iterator[bytes]) -> None:
        with self._archive.open(_member(table), "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)

    def finish(self, manifest: Manifest) -> None:
        self._archive.writestr(_MANIFEST, msgspec.json.encode(manifest))


@contextmanager
def written(file: Path) -> Generator[CompanyFileWriter]:
    """A new file, readable only by its owner, that is there as a whole after the block or not at all. Raises NoCompanyFile."""
    try:
        with (
            written_privately(file) as beside,
            zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            yield CompanyFileWriter(archive)
    except OSError as error:
        raise NoCompanyFile(
            f"{file} cannot be written ({error.strerror}), so nothing was exported."
        ) from error


class CompanyFileReader:
    """``manifest``, and the pieces of each table's member."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive, self.manifest = archive, manifest

    def pieces(self, table: str) -> Iterator[bytes]:
        with self._archive.open(_member(table)) as member:
            while piece := member.read(_PIECE):
                yield piece


@contextmanager
def opened(file: Path) -> Generator[CompanyFileReader]:
    """The file, to be read table by table. Raises NoCompanyFile for another kind of file or a damaged one, also while it is read."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield CompanyFileReader(archive, _manifest_of(archive, file))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise NoCompanyFile(
            f"{file} is not a file that `companies export` wrote, or is damaged. Nothing was imported."
        ) from error
    except OSError as error:
        raise NoCompanyFile(f"{file} cannot be read ({error.strerror}). Nothing was imported.") from error


def _manifest_of(archive: zipfile.ZipFile, file: Path) -> Manifest:
    text = archive.read(_MANIFEST)
    try:
        kind = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("format")
        if kind != msgspec.Raw(str(FORMAT).encode()):
            raise NoCompanyFile(
                f"{file} was written by another version of this program. Nothing was imported."
            )
        manifest = msgspec.json.decode(text, type=Manifest)
        checked_realm(manifest.realm)
    except (msgspec.DecodeError, ValueError):
        raise NoCompanyFile(
            f"{file} is damaged: its {_MANIFEST} cannot be read. Nothing was imported."
        ) from None
    return manifest


def _member(table: str) -> str:
    return f"{table}.copy"
