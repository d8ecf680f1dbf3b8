"""Files and folders that contain names or amounts: only their owner can read them, whatever the umask.

Here: creating them, completely or not at all. Not here: what is written. Imports no other package of ours.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Create the folder, and missing parents, with mode 0700. An existing folder keeps its mode."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def close_to_others(path: Path) -> Path:
    """Remove all access for others from a file or folder of ours that may already exist, or was created by another program."""
    path.chmod(path.stat().st_mode & 0o700)
    return path


@contextlib.contextmanager
def written_privately(path: Path) -> Generator[Path]:
    """Yields a temporary file to write, with mode 0600 in the same folder; it replaces ``path`` at the end.

    So nobody reads half a file, an overwritten file becomes private too, and if writing fails the old file is unchanged. Anything
    that is not a regular file (``/dev/stdout``) is written directly. Raises OSError if it cannot be written.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()  # follow a link to its target
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
