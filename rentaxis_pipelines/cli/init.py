"""rentaxis-sync init: the initial files of a production folder: environment, company file, Dagster's files, systemd units.

Here: writing them, without overwriting. Not here: their contents (``deploy/systemd``), or checking them (``check``).
"""

import getpass
import re
import string
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Console, say
from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings.shipped import CONFIG, DAGSTER_FILE, DEPLOY

SYSTEMD = DEPLOY / "systemd"
_PLAIN = re.compile(r"[\w./@+-]+")
# Path in the new folder, and the file it is copied from.
FILES: Mapping[str, Path] = {
    "environment": SYSTEMD / "environment",
    "company.yaml": CONFIG / "company.example.yaml",
    "workspace.yaml": SYSTEMD / "workspace.yaml",
    "dagster/dagster.yaml": DAGSTER_FILE,
    "systemd/rentaxis-code.service": SYSTEMD / "rentaxis-code.service",
    "systemd/rentaxis-daemon.service": SYSTEMD / "rentaxis-daemon.service",
    "systemd/rentaxis-web.service": SYSTEMD / "rentaxis-web.service",
}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write the initial files of a production folder: environment, company.yaml, Dagster's files, systemd units.

    Only their owner can read them. Existing files are never overwritten: if one exists, nothing is written.
    """
    out = Console()
    for file in begin(folder):
        say(out, f"Written: {file}")
    say(out, "Fill in environment and company.yaml, then continue with: rentaxis-sync check")


def begin(folder: Path) -> list[Path]:
    """Write the files, readable only by their owner (0600), with this installation's paths and a new key; returns them in order.

    Raises CannotLaunch if one of them already exists, or the folder cannot be written.
    """
    folder = folder.expanduser().absolute()
    if not _PLAIN.fullmatch(str(folder)):
        raise CannotLaunch(
            f"{folder} contains a space or a character that a shell or systemd would misread. Name another folder."
        )
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise CannotLaunch(
            f"{folder / taken[0]} already exists, so nothing was written. Name another folder."
        )
    from cryptography.fernet import Fernet

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
    if template.parent == SYSTEMD:  # the others are copied as they are
        text = string.Template(text).substitute(values)
    private_folder(file.parent)
    with written_privately(file) as beside:
        beside.write_text(text, encoding="utf-8")
    return file
