"""Where the values of a company's variables come from. Read anew each time they are asked for.

Of a company with a folder of its own, strongest first: what its ``defs.yaml`` says, its own file ``environment``, the process environment
under its prefix, and what the installation gives to all its companies, without a prefix. Which books they are (organization and QuickBooks
company) is never shared: it stands in ``defs.yaml`` alone.
Not here: what the variables mean (``environment``, ``web``), which companies there are (``companies``).
"""

import io
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from rentaxis_pipelines.settings.errors import EnvironmentSettingsError


@dataclass(frozen=True)
class Variables:
    """``fixed``: what no variable can change. ``file``: a private file of ``NAME=value`` lines; it need not exist.

    ``shared``: whether a variable that is set nowhere else is taken from the environment without the prefix. ``unusable``: why none can be
    read, where it cannot be told whose they are; those of the process may be another company's.
    """

    prefix: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict, hash=False)
    file: Path | None = None
    shared: bool = False
    unusable: str | None = None

    def read(self) -> dict[str, str]:
        """Every variable that is set, by its plain name; empty ones count as not set. Raises EnvironmentSettingsError."""
        if self.unusable is not None:
            raise EnvironmentSettingsError(self.unusable)
        places = [os.environ] if self.shared else []
        own = {
            name.removeprefix(self.prefix): value
            for name, value in os.environ.items()
            if name.startswith(self.prefix)
        }
        written = read_variables_file(self.file) if self.file is not None else {}
        values: dict[str, str] = {}
        for place in (*places, own, written, self.fixed):
            values.update({name: value for name, value in place.items() if value.strip()})
        return values

    def get(self, name: str) -> str | None:
        """The value of the variable of that plain name; None where it is not set. Raises EnvironmentSettingsError.

        What is fixed is known though the company's file cannot be read.
        """
        fixed = self.fixed.get(name, "")
        return fixed if fixed.strip() else self.read().get(name)

    def called(self, name: str) -> str:
        """What a person has to set: the variable's name under the company's prefix, and where."""
        return f"{self.prefix}{name}"


PROCESS = Variables()  # the environment of this process, as it stands


def read_variables_file(file: Path) -> dict[str, str]:
    """The ``NAME=value`` lines of a file of secrets; nothing where there is no such file.

    Quotes and comments as in a shell; nothing is substituted. Raises EnvironmentSettingsError, naming file and line, for
    any other line and for a file that other users can read.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentSettingsError(
            f"{file}: the file cannot be read as text ({type(error).__name__})."
        ) from None
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise EnvironmentSettingsError(
            f"{file}: other users can read or change this file, which holds secrets. Run: chmod 600 {file}"
        )
    values: dict[str, str] = {}
    for line in parse_stream(io.StringIO(text)):
        if line.error or (line.key is not None and line.value is None):
            written = line.original.string  # empty lines before it included
            number = line.original.line + written[: len(written) - len(written.lstrip())].count("\n")
            raise EnvironmentSettingsError(f"{file}, line {number}: expected NAME=value.")
        if line.key is not None and line.value is not None:
            values[line.key] = line.value
    return values
