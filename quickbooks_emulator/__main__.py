"""`python -m quickbooks_emulator`: the emulator alone, for any program that uses QuickBooks Online."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from quickbooks_emulator import command
from quickbooks_emulator.seeds import SEEDS

_COULD_NOT_START = 2


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m quickbooks_emulator", description="Serve QuickBooks Online companies on this machine."
    )
    add = parser.add_argument
    add("--port", type=_port, default=8400, help="0 picks a free one (default: 8400)")
    add("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    add("--state", type=Path, metavar="FILE", help="keep the companies in this file")
    add(
        "--realm",
        action="append",
        default=[],
        metavar="NAME[=SEED]",
        help="a company, more of them by repeating it",
    )
    add(
        "--seed",
        choices=SEEDS,
        default="demo",
        help="what companies without a seed of their own start with (default: demo)",
    )
    add(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how QuickBooks behaves where its behavior is not documented; repeatable",
    )
    add("--switches", type=Path, metavar="FILE", help="such switches as a JSON object; --switch goes over it")
    add("--list-switches", action="store_true", help="explain every switch and stop")
    return parser


def main(typed: Sequence[str] | None = None) -> int:
    """Exit code: 0 after Ctrl-C, 2 if it could not start."""
    given = _parser().parse_args(typed)
    if given.list_switches:
        print(command.help_for_switches())  # noqa: T201 - a command's output
        return 0
    try:
        command.run(
            say=lambda base_url, companies: print(command.how_to_reach(base_url, companies), flush=True),  # noqa: T201 - as above
            port=given.port,
            host=given.host,
            seed=given.seed,
            state=given.state,
            realms=given.realm,
            switches=given.switch,
            switches_file=given.switches,
        )
    except command.CannotStart as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - as above
        return _COULD_NOT_START
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
