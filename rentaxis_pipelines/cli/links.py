"""Commands for decisions people make: ``rentaxis-sync links ...``, ``exclude`` and ``include``.

Here: words in, words out. Not here: whether a decision is allowed and what it does (``sync.decisions``). Modules of the
pipelines are imported inside the commands, as in ``cli``.
"""

import getpass
from typing import TYPE_CHECKING

import click
import msgspec

from rentaxis_pipelines.cli.company import company_scope, connections
from rentaxis_pipelines.cli.which import asked, chosen_object, chosen_record, require_or_prompt
from rentaxis_pipelines.model.decisions import DECISIONS
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.model.decisions import Decision, Kind, Question

_out = Console()


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

    environment = connections()
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    migrate(url)
    with connect(url) as connection:
        waiting = decisions.questions(connection, realm)
        made = decisions.history(connection, realm) if everything else []
    if as_json:
        echo_json(msgspec.to_builtins({"waiting": waiting, "decisions": made}))
        return
    print_waiting(waiting, _out)
    if everything:
        print_decisions(made, _out)


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
    from rentaxis_pipelines.sync import decisions

    require_or_prompt(why, "--why")
    chosen = chosen_record(source_type, record)
    quickbooks_id = None if quickbooks is None else chosen_object(source_type, quickbooks)
    request = decisions.DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=chosen.source_id,
        quickbooks_id=quickbooks_id,
        why=asked(why, "Why"),
        who=who,
    )
    scope = company_scope().current()
    decision = decisions.decide_now(scope.environment, scope.company, request)
    say(_out, decisions.describe(decision))


def _include_run(run_id: str, why: str | None, who: str) -> None:
    from rentaxis_pipelines.sync import decisions

    require_or_prompt(why, "--why")
    scope = company_scope().current()
    included = decisions.include_run_now(
        scope.environment, scope.company, run_id, who=who, why=asked(why, "Why")
    )
    what = "1 record is" if included == 1 else f"{included:,} records are"
    say(_out, f"{what} included in the sync again. The next run pushes what has to be pushed.")


def _with_run(one_record: click.Command) -> click.Command:
    """``include`` of one record, or with ``--run`` of all those that the undo of a run holds."""
    decide = one_record.callback
    assert decide is not None

    def include(
        run_id: str | None, why: str | None, who: str, source_type: str | None, record: str | None
    ) -> None:
        if run_id is None and (source_type is None or record is None):
            raise click.UsageError(
                "Name a record, such as 'invoice INV-0042', or a run that was undone with --run."
            )
        if run_id is not None and (source_type is not None or record is not None):
            raise click.UsageError("Name either a record or a run, not both.")
        if run_id is not None:
            _include_run(run_id, why, who)
        else:
            decide(source_type=source_type, record=record, why=why, who=who)

    for parameter in one_record.params:
        if isinstance(parameter, click.Argument):
            parameter.required = False
    run = click.Option(
        ["--run", "run_id"],
        metavar="RUN",
        help="Include every record that is left out because this run was undone; the beginning of its id is enough.",
    )
    return click.Command(
        one_record.name, params=[*one_record.params, run], callback=include, help=one_record.help
    )


exclude, include = _command("exclude"), _with_run(_command("include"))
for _kind in DECISIONS:
    if _kind not in ("exclude", "include"):  # those two stand by themselves: they are about no link
        links.add_command(_command(_kind))


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
    cells = [
        (
            f"{decision.decided_at:%Y-%m-%d %H:%M}",
            decision.who,
            decision.kind.replace("_", " "),
            f"{decision.source_type} {decision.source_id}",
            f"{decision.quickbooks_type or ''} {decision.quickbooks_id or ''}".strip(),
            decision.why,
        )
        for decision in made
    ]
    columns = [Column(name) for name in ("when", "who", "decision", "record", "QuickBooks", "why")]
    say(out, table("Decisions", columns, cells))
