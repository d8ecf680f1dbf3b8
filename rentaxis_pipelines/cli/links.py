"""Commands for what a person decides: ``rentaxis-sync links ...``, ``exclude`` and ``include``.

Here: words in, words out. Not here: whether a decision is allowed and what it does (``sync.decisions``). Modules of the
pipelines are imported inside the commands, as in ``cli``.
"""

import getpass
from typing import TYPE_CHECKING

import click
import msgspec

from rentaxis_pipelines.cli.which import asked, chosen_object, chosen_record, refuse_unasked
from rentaxis_pipelines.model.decisions import DECISIONS
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.model.decisions import Decision, Kind, Question

_out = Console()


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


def _command(kind: "Kind") -> click.Command:
    """The command of a kind of decision, with the arguments it needs."""
    described = DECISIONS[kind]
    names_object = described.names_object == "must"

    def decide(
        source_type: str, record: str, why: str | None, who: str, quickbooks: str | None = None
    ) -> None:
        _decide(kind, source_type, record, quickbooks, why, who)

    arguments = [
        click.Argument(["source_type"], metavar="TYPE", type=click.Choice(described.source_types)),
        click.Argument(["record"], metavar="RECORD"),
        *([click.Argument(["quickbooks"], metavar="QUICKBOOKS")] if names_object else []),
    ]
    options = [
        click.Option(
            ["--who"],
            default=getpass.getuser,
            show_default="you",
            help="Who decided, kept with the decision.",
        ),
        click.Option(
            ["--why"], help="The reason, kept with the decision; asked for at a terminal if left out."
        ),
    ]
    return click.Command(
        kind.replace("_", "-"), params=[*arguments, *options], callback=decide, help=described.purpose
    )


def _decide(
    kind: "Kind", source_type: str, record: str, quickbooks: str | None, why: str | None, who: str
) -> None:
    from rentaxis_pipelines.settings import load_scope
    from rentaxis_pipelines.sync import decisions

    refuse_unasked(why, "--why")
    found = chosen_record(source_type, record)
    quickbooks_id = None if quickbooks is None else chosen_object(source_type, quickbooks)
    request = decisions.DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=found.source_id,
        quickbooks_id=quickbooks_id,
        why=asked(why, "Why"),
        who=who,
    )
    scope = load_scope().current()
    decision = decisions.decide_now(scope.environment, scope.company, request)
    say(_out, decisions.describe(decision))


exclude, include = _command("exclude"), _command("include")
for _kind in DECISIONS:
    if _kind not in ("exclude", "include"):  # those two stand by themselves: they are about no link
        links.add_command(_command(_kind))


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
