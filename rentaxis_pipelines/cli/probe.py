"""rentaxis-sync probe: experiments against a sandbox company.

Here: words in, words out, and the company put together from the settings. Not here: the experiments and their rules (``probe``).
Modules of the pipelines are imported inside the command, as in ``cli.main``.
"""

import contextlib
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import connections
from rentaxis_pipelines.cli.which import asked, require_or_prompt
from rentaxis_pipelines.render.terminal import Console, echo, echo_json, say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rentaxis_pipelines.probe.experiment import Experiment
    from rentaxis_pipelines.probe.wire import Wire
    from rentaxis_pipelines.settings import Environment

_err = Console(stderr=True)


@click.command()
@click.option(
    "--company-name",
    metavar="NAME",
    help="The name of the connected company, exactly as written; prompted for if omitted.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("probe-results"),
    show_default=True,
    help="Where report, switches, exchanges and journal are written.",
)
@click.option(
    "--only", "numbers", type=int, multiple=True, metavar="N", help="Only this experiment. Repeatable."
)
@click.option("--list", "list_them", is_flag=True, help="List the experiments and stop.")
@click.option(
    "--again",
    is_flag=True,
    help="Clean up what an earlier probe left, and run everything from the beginning.",
)
@click.option(
    "--wait",
    type=click.IntRange(1, 24 * 60),
    metavar="MINUTES",
    help="Also repeat request ids after 1, 10 and 60 minutes, up to this.",
)
@click.option(
    "--limits",
    is_flag=True,
    help="Also call until QuickBooks answers that there are too many calls. Takes several minutes.",
)
@click.option(
    "--by-hand",
    is_flag=True,
    help="Also ask you to do a few things in QuickBooks itself, and observe the results.",
)
@click.option("--yes", is_flag=True, help="Run even if the sync has already pushed to this sandbox company.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def probe(
    company_name: str | None,
    folder: Path,
    numbers: Sequence[int],
    list_them: bool,
    again: bool,
    wait: int | None,
    limits: bool,
    by_hand: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Learn from a SANDBOX QuickBooks company what no public source says, by small experiments that clean up after themselves.

    Accepts Intuit's sandbox only, and only the company whose name you type. Every record is created under the name "RentAxis probe ..."
    and removed; what QuickBooks cannot delete is made inactive and listed. If interrupted, run the same command to continue and clean up.

    Exit code 0: everything was answered; 1: something was left behind or a count differs; 2: it could not run.
    """
    from rentaxis_pipelines.probe.catalogue import CATALOGUE
    from rentaxis_pipelines.probe.choose import chosen, listing

    if list_them:
        echo(listing(CATALOGUE))
        return
    allowed = {name for name, given in (("wait", wait), ("limits", limits), ("by_hand", by_hand)) if given}
    experiments = chosen(CATALOGUE, numbers, allowed)
    sys.exit(_run(company_name, folder, experiments, again, wait or 0, by_hand, yes, as_json))


def _run(
    company_name: str | None,
    folder: Path,
    experiments: "Sequence[Experiment]",
    again: bool,
    wait: int,
    by_hand: bool,
    yes: bool,
    as_json: bool,
) -> int:
    from rentaxis_pipelines.ledger.database import migrate
    from rentaxis_pipelines.ledger.locks import realm_lock
    from rentaxis_pipelines.probe import refuse, report
    from rentaxis_pipelines.probe.catalogue import CATALOGUE
    from rentaxis_pipelines.probe.company import ProbeCompany
    from rentaxis_pipelines.probe.experiments.request_ids import checkpoints
    from rentaxis_pipelines.probe.journal import open_journal
    from rentaxis_pipelines.probe.redact import Redaction
    from rentaxis_pipelines.probe.run import run

    environment = connections()
    refuse.refuse_address(environment.quickbooks_base_url)
    require_or_prompt(company_name, "--company-name")
    if by_hand and not sys.stdin.isatty():
        raise click.UsageError("--by-hand asks a person to do things in QuickBooks: run it at a terminal.")
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    migrate(url)
    with realm_lock(url, realm, wait_seconds=30) as ledger:
        wire = _wire(environment)
        connected_to = _name_of_company(wire)
        refuse.refuse_name(asked(company_name, "The name of the connected sandbox company"), connected_to)
        _agree_to_pushed(ledger, environment, yes)
        journal = open_journal(folder, environment.quickbooks_base_url, realm)
        company = ProbeCompany(wire, journal, wait=time.sleep, hand=_by_hand, checkpoints=checkpoints(wait))
        with _interruptions_told(folder):
            outcome = run(company, experiments, Redaction(realm, connected_to), folder, _tell, again=again)
    report.write_report(outcome, CATALOGUE, folder)
    shown = report.as_value(outcome, CATALOGUE)
    if as_json:
        echo_json(shown)
    else:
        echo(report.in_short(outcome, CATALOGUE))
        echo(f"Report, switches and exchanges are in {folder}.")
    return 1 if shown["to_remove_by_hand"] or shown["unexplained"] else 0


def _tell(what: str) -> None:
    say(_err, what)


@contextlib.contextmanager
def _interruptions_told(folder: Path) -> Generator[None]:
    """Whatever ends the probe early: it can be gone on with, and has to be, as records of it are still in the company."""
    from rentaxis_pipelines.probe.journal import CannotProbe
    from rentaxis_pipelines.quickbooks.faults import QuickBooksError

    go_on = (
        f"Records of the probe may still be in the company; they are listed in {folder}. Run the same command again: it removes them "
        "and continues."
    )
    try:
        yield
    except QuickBooksError as error:
        raise CannotProbe(f"{error}. {go_on}") from error
    except (KeyboardInterrupt, click.Abort):
        raise CannotProbe(f"The probe was interrupted. {go_on}") from None


def _name_of_company(wire: "Wire") -> str:
    from rentaxis_pipelines.probe.journal import CannotProbe

    reply = wire.call("GET", f"companyinfo/{wire.address.realm_id}", quiet=True)
    if not reply.ok:
        raise CannotProbe(
            f"The name of the connected company could not be read: it was {reply.said}. Nothing was made."
        )
    return str(reply.of("CompanyInfo").get("CompanyName", ""))


def _wire(environment: "Environment") -> "Wire":
    from rentaxis_pipelines.probe.wire import Wire
    from rentaxis_pipelines.quickbooks.client import RealmAddress
    from rentaxis_pipelines.sync.session import limits_of, token_source

    return Wire(
        RealmAddress(environment.quickbooks_base_url, environment.quickbooks_realm_id),
        token_source(environment),
        limits=limits_of(environment),
        wait=time.sleep,
    )


def _agree_to_pushed(ledger: "sa.Connection", environment: "Environment", yes: bool) -> None:
    """A sandbox company that the sync was tried with holds records people may still look at: ask first."""
    from rentaxis_pipelines.ledger.companies import is_used
    from rentaxis_pipelines.probe.journal import CannotProbe
    from rentaxis_pipelines.probe.refuse import warning_of_pushed

    used = is_used(ledger, environment.quickbooks_realm_id)
    warning = warning_of_pushed(environment.quickbooks_base_url, is_used=used)
    if warning is None or yes:
        return
    if not sys.stdin.isatty():
        raise CannotProbe(f"{warning} If that is all right, add --yes. Nothing was made.")
    say(_err, warning)
    if not click.confirm("Go on", err=True):
        raise click.Abort


def _by_hand(_deed: str, sentence: str, _facts: Mapping[str, str]) -> None:
    say(_err, f"To be done by hand: {sentence}")
    click.prompt("Press Enter when it is done", default="", show_default=False, err=True)
