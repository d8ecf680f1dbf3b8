"""Commands for decisions people make: ``rentaxis-sync links ...``, ``exclude`` and ``include``.

Here: arguments and output. Not here: whether a decision is allowed and what it does (``sync.decide_links``). Modules of the
pipelines are imported inside the commands, as in ``cli``.
"""

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import msgspec

from rentaxis_pipelines.cli.which import asked, chosen_object, chosen_record, require_or_prompt
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.model.decisions import Decision, Kind, Question

_out = Console()

_PARTY = click.Choice([name for name in DECIDABLE if name in ENTITY_LINKED_BY_HAND])
_RECORD = click.Choice(DECIDABLE)


def _with_why(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option("--why", help="The reason, kept with the decision; prompted for if left out.")(
        command
    )
    return click.option(
        "--who", default=getpass.getuser, show_default="you", help="Who decided, kept with the decision."
    )(command)


@click.group()
def links() -> None:
    """Match records: see what is waiting for you, and say which customer or vendor each one is.

    RECORD is a number, name, e-mail or id (use id:12 if it could be mistaken for something else); QUICKBOOKS is an id or a name.
    """


@links.command("list")
@click.option("--all", "everything", is_flag=True, help="Also show the decisions made so far.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def list_links(everything: bool, as_json: bool) -> None:
    """Records waiting for a person, with the QuickBooks objects they may match."""
    from rentaxis_pipelines.ledger import decisions
    from rentaxis_pipelines.ledger.database import connect, migrate
    from rentaxis_pipelines.settings import load_environment

    environment = load_environment()
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    migrate(url)
    with connect(url) as connection:
        waiting = decisions.questions(connection, realm)
        made = decisions.history(connection, realm) if everything else []
    if as_json:
        listing = {"waiting": msgspec.to_builtins(waiting), "decisions": msgspec.to_builtins(made)}
        echo_json(listing)
        return
    print_waiting(waiting, _out)
    if everything:
        print_decisions(made, _out)


@links.command()
@click.argument("source_type", metavar="TYPE", type=_PARTY)
@click.argument("record", metavar="RECORD")
@click.argument("quickbooks", metavar="QUICKBOOKS")
@_with_why
def confirm(source_type: str, record: str, quickbooks: str, why: str | None, who: str) -> None:
    """Say that RECORD of TYPE is the object QUICKBOOKS. Records waiting for it are pushed by the next run."""
    _decide("confirm", source_type, record, quickbooks, why, who)


@links.command()
@click.argument("source_type", metavar="TYPE", type=_PARTY)
@click.argument("record", metavar="RECORD")
@click.argument("quickbooks", metavar="QUICKBOOKS")
@_with_why
def reject(source_type: str, record: str, quickbooks: str, why: str | None, who: str) -> None:
    """Say that RECORD of TYPE is not the object QUICKBOOKS. It is never suggested again."""
    _decide("reject", source_type, record, quickbooks, why, who)


@links.command()
@click.argument("source_type", metavar="TYPE", type=_RECORD)
@click.argument("record", metavar="RECORD")
@_with_why
def unlink(source_type: str, record: str, why: str | None, who: str) -> None:
    """Undo the link of RECORD. The object stays in QuickBooks as it is."""
    _decide("unlink", source_type, record, None, why, who)


@links.command()
@click.argument("source_type", metavar="TYPE", type=_PARTY)
@click.argument("record", metavar="RECORD")
@click.argument("quickbooks", metavar="QUICKBOOKS")
@_with_why
def relink(source_type: str, record: str, quickbooks: str, why: str | None, who: str) -> None:
    """Link RECORD to a different object than the one it is linked to now."""
    _decide("relink", source_type, record, quickbooks, why, who)


@links.command("make-new")
@click.argument("source_type", metavar="TYPE", type=_RECORD)
@click.argument("record", metavar="RECORD")
@_with_why
def make_new(source_type: str, record: str, why: str | None, who: str) -> None:
    """Say that RECORD is none of the suggested objects: the next run creates a new one."""
    _decide("make_new", source_type, record, None, why, who)


@click.command()
@click.argument("source_type", metavar="TYPE", type=_RECORD)
@click.argument("record", metavar="RECORD")
@_with_why
def exclude(source_type: str, record: str, why: str | None, who: str) -> None:
    """Leave RECORD of TYPE out of the sync until it is included again."""
    _decide("exclude", source_type, record, None, why, who)


@click.command()
@click.argument("source_type", metavar="TYPE", type=_RECORD)
@click.argument("record", metavar="RECORD")
@_with_why
def include(source_type: str, record: str, why: str | None, who: str) -> None:
    """Include a record that was excluded in the sync again."""
    _decide("include", source_type, record, None, why, who)


def _decide(
    kind: "Kind", source_type: str, record: str, quickbooks: str | None, why: str | None, who: str
) -> None:
    from rentaxis_pipelines.settings import load_company, load_environment
    from rentaxis_pipelines.sync import decide_links

    require_or_prompt(why, "--why")
    chosen = chosen_record(source_type, record)
    quickbooks_id = None if quickbooks is None else chosen_object(source_type, quickbooks)
    request = decide_links.DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=chosen.source_id,
        quickbooks_id=quickbooks_id,
        why=asked(why, "Why"),
        who=who,
    )
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    decision = decide_links.decide_now(environment, company, request)
    say(_out, decide_links.describe(decision))


def print_waiting(waiting: "list[Question]", out: Console) -> None:
    """Print a row for each waiting record, with the objects it may match."""
    if not waiting:
        say(out, "Nothing is waiting for a person.")
        return
    cells: list[tuple[str, ...]] = []
    for question in waiting:
        may_be = "\n".join(
            one_line(f"{candidate.quickbooks_id}: {candidate.name} ({candidate.why})")
            for candidate in question.candidates
        )
        cells.append(
            (
                question.label,
                f"{question.source_type} {question.source_id}",
                may_be,
                question.reason,
                question.how_to_fix,
            )
        )
    columns = [Column(name) for name in ("record", "id", "may be", "reason", "what to do")]
    say(out, table("Waiting for you", columns, cells, ruled=True))


def print_decisions(made: "list[Decision]", out: Console) -> None:
    """Print a row for each decision."""
    cells: list[tuple[str, ...]] = []
    for decision in made:
        record = f"{decision.source_type} {decision.source_id}"
        quickbooks_object = f"{decision.quickbooks_type or ''} {decision.quickbooks_id or ''}".strip()
        when, kind = f"{decision.decided_at:%Y-%m-%d %H:%M}", decision.kind.replace("_", " ")
        cells.append((when, decision.who, kind, record, quickbooks_object, decision.why))
    columns = [Column(name) for name in ("when", "who", "decision", "record", "QuickBooks", "why")]
    say(out, table("Decisions", columns, cells))
