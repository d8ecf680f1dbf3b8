"""Commands for what a person decides: ``rentaxis-sync links ...``, ``exclude`` and ``include``.

Here: words in, words out. Not here: whether a decision is allowed and what it does (``sync.decide_links``). Modules of the
pipelines are imported inside the commands, as in ``cli``.
"""

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import msgspec

from rentaxis_pipelines.cli.which import asked, chosen_object, chosen_record, refuse_unasked
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.model.decisions import Decision, Kind, Question

_out = Console()

_PARTY = click.Choice([name for name in DECIDABLE if name in ENTITY_LINKED_BY_HAND])
_RECORD = click.Choice(DECIDABLE)


def _with_why(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option(
        "--why", help="The reason, kept with the decision; asked for at a terminal if left out."
    )(command)
    return click.option(
        "--who", default=getpass.getuser, show_default="you", help="Who decided, kept with the decision."
    )(command)


@click.group()
def links() -> None:
    """Who is who: see what waits for you, and say which customer or vendor it is.

    RECORD is a number, a name, an e-mail or an id (id:12 where it could be something else); QUICKBOOKS an id or a name.
    """


@links.command("list")
@click.option("--all", "everything", is_flag=True, help="Show the decisions taken so far as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def list_links(everything: bool, as_json: bool) -> None:
    """Records that wait for a person, with the QuickBooks objects they may be."""
    from rentaxis_pipelines.ledger import decisions
    from rentaxis_pipelines.ledger.database import connect, migrate
    from rentaxis_pipelines.settings import load_environment

    environment = load_environment()
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    migrate(url)
    with connect(url) as connection:
        waiting = decisions.questions(connection, realm)
        taken = decisions.history(connection, realm) if everything else []
    if as_json:
        found = {"waiting": msgspec.to_builtins(waiting), "decisions": msgspec.to_builtins(taken)}
        echo_json(found)
        return
    print_waiting(waiting, _out)
    if everything:
        print_taken(taken, _out)


@links.command()
@click.argument("source_type", metavar="TYPE", type=_PARTY)
@click.argument("record", metavar="RECORD")
@click.argument("quickbooks", metavar="QUICKBOOKS")
@_with_why
def confirm(source_type: str, record: str, quickbooks: str, why: str | None, who: str) -> None:
    """Say that RECORD of TYPE is the object QUICKBOOKS. What waits for it goes through with the next run."""
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
    """Link RECORD to another object than it is linked to."""
    _decide("relink", source_type, record, quickbooks, why, who)


@links.command("make-new")
@click.argument("source_type", metavar="TYPE", type=_RECORD)
@click.argument("record", metavar="RECORD")
@_with_why
def make_new(source_type: str, record: str, why: str | None, who: str) -> None:
    """Say that RECORD is none of the objects suggested: the next run makes a new one."""
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
    """Let a record that was excluded take part again."""
    _decide("include", source_type, record, None, why, who)


def _decide(
    kind: "Kind", source_type: str, record: str, quickbooks: str | None, why: str | None, who: str
) -> None:
    from rentaxis_pipelines.settings import load_company, load_environment
    from rentaxis_pipelines.sync import decide_links

    refuse_unasked(why, "--why")
    found = chosen_record(source_type, record)
    quickbooks_id = None if quickbooks is None else chosen_object(source_type, quickbooks)
    request = decide_links.DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=found.source_id,
        quickbooks_id=quickbooks_id,
        why=asked(why, "Why"),
        who=who,
    )
    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    decision = decide_links.decide_now(environment, company, request)
    say(_out, decide_links.describe(decision))


def print_waiting(waiting: "list[Question]", out: Console) -> None:
    """A row for each record that waits, with the objects it may be."""
    if not waiting:
        say(out, "Nothing waits for a person.")
        return
    cells: list[tuple[str, ...]] = []
    for one in waiting:
        may_be = "\n".join(one_line(f"{it.quickbooks_id}: {it.name} ({it.why})") for it in one.candidates)
        cells.append((one.label, f"{one.source_type} {one.source_id}", may_be, one.reason, one.how_to_fix))
    columns = [Column(name) for name in ("record", "id", "may be", "reason", "what to do")]
    say(out, table("What waits for you", columns, cells, ruled=True))


def print_taken(taken: "list[Decision]", out: Console) -> None:
    """A row for each decision."""
    cells: list[tuple[str, ...]] = []
    for one in taken:
        record = f"{one.source_type} {one.source_id}"
        thing = f"{one.quickbooks_type or ''} {one.quickbooks_id or ''}".strip()
        when, kind = f"{one.decided_at:%Y-%m-%d %H:%M}", one.kind.replace("_", " ")
        cells.append((when, one.who, kind, record, thing, one.why))
    columns = [Column(name) for name in ("when", "who", "decision", "record", "QuickBooks", "why")]
    say(out, table("Decisions", columns, cells))
