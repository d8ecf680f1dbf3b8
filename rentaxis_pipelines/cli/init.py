"""rentaxis-sync init: a folder to run production from. Here: arguments and output. Not here: the work itself (``new_folder``)."""

from pathlib import Path

import click

from rentaxis_pipelines.render.terminal import Console, say

_out = Console()


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write the initial files of a production folder: environment, company.yaml, Dagster's files, systemd units.

    Only their owner can read them. Existing files are never overwritten: if one exists, nothing is written.
    """
    from rentaxis_pipelines.cli.new_folder import begin

    for file in begin(folder):
        say(_out, f"Written: {file}")
    say(_out, "Fill in environment and company.yaml, then continue with: rentaxis-sync check")
