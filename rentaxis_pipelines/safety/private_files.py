"""Files and folders that hold names or amounts: nobody but their owner may read them, whatever the umask says.

Here: making them so, whole or not at all. Not here: what is written. Imports no room.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make the folder, and those above it that are missing, with mode 0700. One that is there stays as its owner made it."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def close_to_others(path: Path) -> Path:
    """Take every right from others on a file or folder of ours that may have been made before, or by another program."""
    path.chmod(path.stat().st_mode & 0o700)
    return path


@contextlib.contextmanager
def written_privately(path: Path) -> Generator[Path]:
    """Yields where to write what is to be the file ``path``: an empty file of mode 0600 beside it, moved over it in the end.

    So nobody reads half a file, one that is overwritten is private too, and one whose writing fails stays as it was. What is no
    ordinary file (``/dev/stdout``) is written as it stands. Raises OSError where it cannot be written.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()  # through a link, to the file it names
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
