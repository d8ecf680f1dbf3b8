"""File names made from outside text: good on every system, and in no other folder than the one they are put in."""

import re
from typing import Final

from rentaxis_pipelines.render.characters import one_line

_NOT_IN_A_NAME: Final = re.compile(r'[\\/:*?"<>|\u2400-\u2421\ufffd]')
# Windows keeps these for devices, whatever ending follows.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|\Z)", re.IGNORECASE)
_LONGEST: Final = 200  # bytes; most systems take 255, and something may be put before or after


def file_name(stem: object, ending: str) -> str:
    """``stem.ending``; signs that no file name may hold become ``_``."""
    name = _NOT_IN_A_NAME.sub("_", one_line(stem)).strip(" .") or "_"
    name = name.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(" .")
    return f"{'_' if _DEVICES.match(name) else ''}{name}.{ending}"
