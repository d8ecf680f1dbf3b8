"""rentaxis-sync init: a folder to run in production from. Here: words in, words out. Not here: what is done (``new_folder``)."""

from pathlib import Path

import click

from rentaxis_pipelines.render.terminal import Console, say

_out = Console()


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write the files a production folder begins with: environment, company.yaml, Dagster's files, units of systemd.

    Only their owner may read them. A file that is there is never written over: then nothing is.
    """
    from rentaxis_pipelines.cli.new_folder import begin

    for file in begin(folder):
        say(_out, f"Written: {file}")
    say(_out, "Fill in environment and company.yaml, then go on with: rentaxis-sync check")
