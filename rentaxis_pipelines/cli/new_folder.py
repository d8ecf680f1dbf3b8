"""The files a production folder begins with: environment, company file, Dagster's files, units of systemd.

Here: writing them, never over what is there. Not here: what they say (``config/production``), nor whether they are right (``check``).
"""

import getpass
import re
import string
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings.shipped import CONFIG, DAGSTER_FILE

PRODUCTION = CONFIG / "production"
_PLAIN = re.compile(r"[\w./@+-]+")
# The place in the new folder, and the file it begins as.
FILES: Mapping[str, Path] = {
    "environment": PRODUCTION / "environment",
    "company.yaml": CONFIG / "company.example.yaml",
    "workspace.yaml": PRODUCTION / "workspace.yaml",
    "dagster/dagster.yaml": DAGSTER_FILE,
    "systemd/rentaxis-code.service": PRODUCTION / "rentaxis-code.service",
    "systemd/rentaxis-daemon.service": PRODUCTION / "rentaxis-daemon.service",
    "systemd/rentaxis-web.service": PRODUCTION / "rentaxis-web.service",
}


def begin(folder: Path) -> list[Path]:
    """Write the files, each for its owner alone (0600), with this installation's paths and a new key; returns them in order.

    Raises CannotLaunch where one of them is there already, or the folder cannot be written.
    """
    folder = folder.expanduser().absolute()
    if not _PLAIN.fullmatch(str(folder)):
        raise CannotLaunch(
            f"{folder} holds a blank or a sign that a shell or systemd would misread. Name another folder."
        )
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise CannotLaunch(
            f"{folder / taken[0]} is there already, and nothing was written. Name another folder."
        )
    values = {
        "folder": str(folder),
        "programs": str(Path(sys.executable).parent),
        "user": getpass.getuser(),
        "secret_key": Fernet.generate_key().decode(),
    }
    try:
        return [_written(folder / name, template, values) for name, template in FILES.items()]
    except OSError as error:
        raise CannotLaunch(f"{folder} cannot be written ({error.strerror}). Name another folder.") from error


def _written(file: Path, template: Path, values: Mapping[str, str]) -> Path:
    text = template.read_text(encoding="utf-8")
    if template.parent == PRODUCTION:  # the others are copied as they are
        text = string.Template(text).substitute(values)
    private_folder(file.parent)
    with written_privately(file) as beside:
        beside.write_text(text, encoding="utf-8")
    return file
