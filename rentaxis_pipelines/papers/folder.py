"""Files below the folder that ``papers_folder`` names: nothing outside it, whatever a path says and whatever links lie in it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from rentaxis_pipelines.papers.unfit import unfit, unreadable

_CHUNK = 256 * 1024
_REMEDY = (
    "Correct the file's location in RentAxis: a path below the papers folder, without '..'. Then run again."
)


def chunks(location: str, papers_folder: Path | None) -> Iterator[bytes]:
    """The file's bytes, in parts. Raises PaperRefused where the path does not lead to a plain file below the folder."""
    if papers_folder is None:
        raise unfit(
            "The file is kept in a folder, but company.yaml names none (papers_folder).",
            "Set papers_folder in company.yaml to the folder RentAxis keeps its files in, then run again.",
        )
    descriptor = _opened(papers_folder, _parts(location))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise unfit("The file's location is not that of a file.", _REMEDY)
        while chunk := os.read(descriptor, _CHUNK):
            yield chunk
    except OSError as error:
        raise _unread(error) from None
    finally:
        os.close(descriptor)


def _parts(location: str) -> tuple[str, ...]:
    """The names on the way, each below the one before."""
    path = PurePosixPath(location)
    parts = path.parts
    if path.is_absolute() or not parts or ".." in parts or "\\" in location or "\0" in location:
        raise unfit("The file's location leads out of the papers folder.", _REMEDY)
    return parts


def _opened(papers_folder: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of the file. Each name is opened below the one before and none may be a link, so that nothing can be exchanged for
    another place between looking and opening.
    """
    try:
        here = os.open(papers_folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise unreadable(
            "The papers folder cannot be opened.",
            "See that the folder papers_folder names in company.yaml exists and can be read by the sync, then run again.",
        ) from None
    try:
        for name in parts[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        # Without waiting: a pipe that lies there must not hold up the run.
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    except OSError as error:
        raise _unread(error) from None
    finally:
        os.close(here)


def _unread(error: OSError) -> Exception:
    if isinstance(error, FileNotFoundError):
        return unreadable(
            "The file is not in the papers folder.",
            "Put the file back where RentAxis keeps it, or upload it again, then run again.",
        )
    if isinstance(error, PermissionError):
        return unreadable(
            "The file may not be read by the sync.",
            "Let the sync's user read the file, then run again.",
        )
    # Among others a link on the way (ELOOP, ENOTDIR): links are never followed.
    return unfit(f"The file cannot be opened ({error.strerror or type(error).__name__}).", _REMEDY)
