"""Whether a file is still the one that was read. Not here: what is in it."""

from pathlib import Path

FileState = tuple[int, int, int, int, int]


def state_of(file: Path) -> FileState | None:
    """What changes whenever the file does, or who may read it; None where it cannot be looked at."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino, stat.st_mode)
