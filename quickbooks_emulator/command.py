"""What a command line does with its arguments: for `python -m quickbooks_emulator`, and for programs that include the emulator.

Not here: how options are written (each command line has its parser) and the server itself.
"""

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quickbooks_emulator import oauth
from quickbooks_emulator.seeds import REALM
from quickbooks_emulator.server import serve
from quickbooks_emulator.switches import help_text, parse_switches, read_switches

Companies = list[
    dict[str, Any]
]  # {"realm", "seed", "switches"} each; the first is the company of calls that name none


class CannotStart(Exception):
    """One sentence for people: why, and what to do."""


def run(
    *,
    say: Callable[[str, Companies], None],
    port: int,
    host: str = "127.0.0.1",
    seed: str = "demo",
    state: Path | None = None,
    realms: Sequence[str] = (),
    switches: Sequence[str] = (),
    switches_file: Path | None = None,
) -> None:
    """Serve until interrupted. `say(base_url, companies)` is called once the server answers.

    `realms`: NAME or NAME=SEED each; none is the well-known company. `switches`: NAME=VALUE each, over those of
    `switches_file`, a JSON object. Raises CannotStart.
    """
    try:
        chosen = {**read_switches(switches_file), **parse_switches(switches)}
        companies = [{**each, "switches": chosen} for each in parse_realms(realms, seed)]
        first, *others = companies
        serve(
            port,
            first["seed"],
            state,
            chosen,
            host=host,
            realm=first["realm"],
            companies=others,
            announce=lambda base_url: say(base_url, companies),
        )
    except OSError as error:
        raise CannotStart(_unusable(error, host, port)) from error
    except ValueError as error:
        raise CannotStart(f"The emulator did not start: {error}.") from error


def _unusable(error: OSError, host: str, port: int) -> str:
    if error.filename:
        return f"The emulator did not start: {error.filename} cannot be used ({error.strerror}). Choose another one."
    if error.errno == errno.EADDRINUSE:
        return f"The emulator did not start: port {port} cannot be used (it is taken). Choose another one."
    return f"The emulator did not start: {host}, port {port}, cannot be used ({error.strerror}). Choose another one."


def parse_realms(given: Sequence[str], seed: str) -> Companies:
    pairs = [each.partition("=") for each in given or [REALM]]
    for realm, equals, own in pairs:
        if not realm or (equals and not own):
            raise ValueError(f"realm {realm + equals!r}: write NAME or NAME=SEED")
    return [{"realm": realm, "seed": own or seed} for realm, _, own in pairs]


def help_for_switches() -> str:
    """Every switch with default, choices and meaning, one per line."""
    return help_text()


def how_to_reach(base_url: str, companies: Companies) -> str:
    """What a client needs to know to use this server and sign in to it."""
    lines = [
        f"QuickBooks (emulated) at {base_url}; Ctrl-C stops it",
        f"  API             {base_url}/v3/company/REALM/...",
        f"  sign-in page    {base_url}/connect/oauth2, which approves by itself",
        f"  tokens          {base_url}/oauth2/v1/tokens/bearer",
        f"  discovery       {base_url}/.well-known/openid_configuration",
        f"  control plane   {base_url}/_emulator/",
        f"  client          {oauth.CLIENT_ID}, secret {oauth.CLIENT_SECRET}",
    ]
    for number, company in enumerate(companies):
        tokens = oauth.well_known(company["realm"]) if number else oauth.WELL_KNOWN
        lines.append(
            f"  company         {company['realm']} ({company['seed']}), "
            f"access token {tokens.access}, refresh token {tokens.refresh}"
        )
    return "\n".join(lines)
