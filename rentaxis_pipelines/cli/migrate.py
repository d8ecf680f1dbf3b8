"""``rentaxis-sync migrate``: bring the pipelines databases up to date.

Here: which databases, output, exit code. Not here: what is made (``sync.upgrade``). Modules of the pipelines are imported inside the command,
as in ``cli``.
"""

import sys
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import chosen_scopes
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    from rentaxis_pipelines.settings import Environment

ADMIN_URL = "PIPELINES_MIGRATION_URL"
COULD_NOT_RUN = 2
_out, _err = Console(), Console(stderr=True)


@click.command()
def migrate() -> None:
    """Bring the ledger's tables up to date, of every company or that of --company. Runs need no rights for it afterwards.

    As the database user of PIPELINES_MIGRATION_URL, where it is set: one that may change tables. Exit code 2 if a database was left as it
    was; the others are done.
    """
    from rentaxis_pipelines.ledger.database import LedgerError
    from rentaxis_pipelines.settings import SettingsError
    from rentaxis_pipelines.sync.upgrade import upgrade

    failed = False
    by_database: dict[tuple[str, str], list[Environment]] = {}
    for scope in chosen_scopes():
        try:
            environment, admin_url = scope.environment, scope.variables.get(ADMIN_URL)
        except SettingsError as error:
            failed = True
            say(_err, f"{scope.slug}: {error}", style="red")
            continue
        url = environment.pipelines_database_url.get_secret_value()
        by_database.setdefault((admin_url or url, url), []).append(environment)
    for (admin_url, _), companies in by_database.items():
        try:
            say(_out, upgrade(companies, admin_url))
        except LedgerError as error:
            failed = True
            say(_err, str(error), style="red")
    sys.exit(COULD_NOT_RUN if failed else 0)
