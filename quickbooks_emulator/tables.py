"""The tables of the emulator's documentation page, generated from the code, so that the two always agree."""

from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from quickbooks_emulator import hand, on_demand
from quickbooks_emulator.control import DESCRIBED
from quickbooks_emulator.faults import Rule
from quickbooks_emulator.switches import Switches, listing


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join([_row(*head), _row(*["---"] * len(head)), *(_row(*row) for row in rows)])


def switches() -> str:
    rows = []
    for each in listing(Switches()):
        choices = each["choices"]
        shown = ", ".join(f"`{c}`" for c in choices) if isinstance(choices, list) else choices
        rows.append((f"`{each['name']}`", f"`{_json(each['default'])}`", shown, each["meaning"]))
    return _table(("switch", "default", "takes", "meaning"), rows)


def _json(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _described(names: dict[str, Callable[..., Any]]) -> list[tuple[str, ...]]:
    return [(f"`{name}`", " ".join((each.__doc__ or "").split())) for name, each in names.items()]


def control_plane() -> str:
    rows = [(name.replace("`", "`/_emulator/", 1), text) for name, text in _described(DESCRIBED)]
    return _table(("endpoint", "takes and does"), rows)


def deeds() -> str:
    return _table(("deed", "takes and does"), _described(hand.DEEDS))


def fault_rules() -> str:
    """The fields of a rule in one line, its actions in another, the codes it can answer with in a third."""
    actions = get_args(get_type_hints(Rule)["action"])
    return "\n\n".join(
        f"{head}: {', '.join(f'`{name}`' for name in names)}."
        for head, names in (
            ("Fields", Rule.__struct_fields__),
            ("Actions", actions),
            ("Codes", [*on_demand.ON_DEMAND, *on_demand.OUTAGES]),
        )
    )


TABLES: dict[str, Callable[[], str]] = {
    "switches": switches,
    "control plane": control_plane,
    "deeds": deeds,
    "fault rules": fault_rules,
}


def filled(page: str) -> str:
    """The page with every table as in the code now. Raises ValueError if a table's place is missing.

    A place is `<!-- NAME: made of the code -->` up to `<!-- end of NAME -->`.
    """
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: made of the code -->", f"<!-- end of {name} -->"
        before, begun, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not begun or not closed:
            raise ValueError(f"the page has no place for the table of {name}")
        page = f"{before}{begin}\n\n{table()}\n\n{end}{after}"
    return page
