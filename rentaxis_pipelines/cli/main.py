"""rentaxis-sync: the command line.

Here: which commands there are, and what holds for all of them. Not here: their arguments and output (the modules beside this one), the
work itself. Every command exits with 0 if no row failed, 1 if rows failed, 2 if it could not run; then one sentence says why, and nothing
was written. Help and wrong usage import neither Dagster nor pandas: modules of the pipelines are imported inside the commands.
"""

import logging
import os
import warnings

import click

from rentaxis_pipelines.cli.company import option as company_option
from rentaxis_pipelines.cli.group import Listed, Program

_PACKAGE = "rentaxis_pipelines.cli"
# What each says of itself is the first sentence of its own help; a test compares the two.
COMMANDS = {
    "approve": Listed(
        f"{_PACKAGE}.approval:approve", "Push exactly the rows of PLAN, by its id or the beginning of it."
    ),
    "bulk": Listed(f"{_PACKAGE}.push:bulk", "Sync a range of days, through the same Dagster job as the UI."),
    "check": Listed(
        f"{_PACKAGE}.results:check",
        "Check everything a run needs, before any row is written: worst first, most money first.",
    ),
    "companies": Listed(
        f"{_PACKAGE}.companies:companies",
        "The companies: add, list, check and remove them, and which organization is pushed to which QuickBooks company.",
    ),
    "connect": Listed(
        f"{_PACKAGE}.connection:connect",
        "Connect the QuickBooks company: sign in to Intuit in the browser, once.",
    ),
    "demo": Listed(
        f"{_PACKAGE}.demo:demo",
        "Start the whole stack on this machine, sync the same range three times, print what happened, stop.",
    ),
    "demo-env": Listed(
        f"{_PACKAGE}.demo:demo_env",
        'Print the variables of the running demo stack for a shell: eval "$(rentaxis-sync demo-env)".',
    ),
    "emulator": Listed(
        f"{_PACKAGE}.emulator:emulator", "Serve QuickBooks Online companies on this machine, for development."
    ),
    "exclude": Listed(
        f"{_PACKAGE}.links:exclude", "Leave a record out of the sync until it is included again."
    ),
    "history": Listed(
        f"{_PACKAGE}.history:history",
        "Show what was done to one record in QuickBooks: TYPE is tenant, program, vendor, invoice, credit, refund, payment, credit_application, deposit, expense, deposit_settlement, journal_entry or paper; RECORD its number, name, e-mail or id.",
    ),
    "include": Listed(f"{_PACKAGE}.links:include", "Include a record again that was excluded."),
    "init": Listed(
        f"{_PACKAGE}.init:init",
        "Write the initial files of a production folder: environment, company.yaml, Dagster's files, systemd units.",
    ),
    "links": Listed(
        f"{_PACKAGE}.links:links",
        "Match records: see what is waiting for you, and say which customer or vendor each one is.",
    ),
    "migrate": Listed(
        f"{_PACKAGE}.migrate:migrate",
        "Bring the ledger's tables up to date, of every company or that of --company.",
    ),
    "plans": Listed(
        f"{_PACKAGE}.plans:plans",
        "List the stored plans, newest first; or show the one whose id begins with PLAN.",
    ),
    "preview": Listed(
        f"{_PACKAGE}.approval:preview",
        "Show what a range of days would write, and store it as a plan to approve.",
    ),
    "probe": Listed(
        f"{_PACKAGE}.probe:probe",
        "Learn from a SANDBOX QuickBooks company what no public source says, by small experiments that clean up after themselves.",
    ),
    "prune": Listed(
        f"{_PACKAGE}.prune:prune",
        "Remove the details of old plans and requests, and extracted rows, of every company or that of --company.",
    ),
    "reconcile": Listed(
        f"{_PACKAGE}.results:reconcile",
        "Prove that RentAxis and QuickBooks agree, and say why where they do not.",
    ),
    "record": Listed(
        f"{_PACKAGE}.push:record",
        "Push one record: TYPE is tenant, program, invoice, credit, refund, payment, credit_application, deposit, expense, deposit_settlement, journal_entry or paper; RECORD its number, name, e-mail or id.",
    ),
    "results": Listed(
        f"{_PACKAGE}.results:results",
        "Show the result of every record of a run: failed and waiting records first, largest amount first.",
    ),
    "rotate-key": Listed(
        f"{_PACKAGE}.connection:rotate_key",
        "Re-encrypt the stored QuickBooks tokens with the newest key, the first one in PIPELINES_SECRET_KEY.",
    ),
    "serve": Listed(
        f"{_PACKAGE}.serve:serve",
        "Serve the Dagster UI behind sign-in and access control, until interrupted.",
    ),
    "source": Listed(
        f"{_PACKAGE}.source:source",
        "Adapt the SQL that reads RentAxis to your database, and check that it meets the contract.",
    ),
    "status": Listed(
        f"{_PACKAGE}.status:status",
        "How every company stands, or that of --company: last good night, what is open, queue, connection, reads.",
    ),
    "undo": Listed(
        f"{_PACKAGE}.approval:undo",
        "Take RUN back, by its id or the beginning of it: void what it created, put back what it changed.",
    ),
    "up": Listed(
        f"{_PACKAGE}.demo:up", "Start the demo stack with the Dagster UI and stay until interrupted."
    ),
    "users": Listed(f"{_PACKAGE}.serve:users", "Who may open the UI."),
}


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rentaxis_pipelines")
@company_option
def main() -> None:
    """Push RentAxis records into QuickBooks Online, and prove that the two agree."""
    # Dagster's beta notices are for developers, not for this screen.
    warnings.filterwarnings("ignore", module="dagster")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    os.umask(0o077)  # what Dagster stores about a run in this process may contain names and amounts


main.list_commands_as(COMMANDS)

if __name__ == "__main__":
    main()
