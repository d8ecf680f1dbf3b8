"""What a record's row was read and checked by, as one text: two rows with the same one and the same fingerprint are the same row, checked
alike. Not here: the fingerprint (``fingerprints``).
"""

import functools
import hashlib
from importlib import metadata, resources

from rentaxis_pipelines.rentaxis.contract import read_schema
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

_PACKAGE = "rentaxis_pipelines"
_ROOMS = ("model", "rentaxis", "storage")  # whatever reads, checks and keeps a row is in one of them
_LIBRARIES = ("pandas", "pandera", "pyarrow", "msgspec")


def reading_version(models: SqlModels, model: str) -> str:
    """Of a staging model: its SQL, the columns that are read, and the program. When in doubt it is another."""
    digest = hashlib.sha256(_program())
    digest.update(str(models.render(model)).encode())
    digest.update(str(read_schema(model)).encode())
    return digest.hexdigest()[:32]


@functools.cache
def _program() -> bytes:
    """The code itself, because nobody remembers to count versions."""
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    for room in _ROOMS:
        files = (
            file for file in resources.files(_PACKAGE).joinpath(room).iterdir() if file.name.endswith(".py")
        )
        for file in sorted(files, key=lambda file: file.name):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.digest()
