"""File names made from outside text: valid on every system, and unable to point to another folder."""

import re
from typing import Final

from rentaxis_pipelines.render.characters import one_line

_NOT_IN_A_NAME: Final = re.compile(r'[\\/:*?"<>|\u2400-\u2421\ufffd]')
# Windows reserves these for devices, with any extension.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|\Z)", re.IGNORECASE)
_LONGEST: Final = 200  # bytes; most systems allow 255, and callers may add a prefix or suffix


def file_name(stem: object, ending: str) -> str:
    """``stem.ending``; characters not allowed in a file name become ``_``."""
    name = _NOT_IN_A_NAME.sub("_", one_line(stem)).strip(" .") or "_"
    name = name.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(" .")
    return f"{'_' if _DEVICES.match(name) else ''}{name}.{ending}"
