"""DisplayNames: legal, unique across customers, vendors and employees, and the same every time.

Here: which name a new or renamed customer or vendor gets. Not here: what makes a text legal (``mapping.text``).
"""

from rentaxis_pipelines.ledger import people
from rentaxis_pipelines.mapping.text import can_be_seen, given_names, is_given_name, legal_display_name
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.sync.run import Run


def plain_name(payer: Payer) -> str:
    """The payer's own name, legal; ``Tenant 40`` for one whose name has nothing to show."""
    return named_or(payer.name, f"{payer.kind.capitalize()} {payer.source_id}")


def payer_suffix(payer: Payer) -> str:
    """What tells the payer from others of its name: ``tenant 17``."""
    return f"{payer.kind} {payer.source_id}"


def named_or(name: str | None, otherwise: str) -> str:
    """The name made legal, or another where nothing of it can be seen."""
    return legal_display_name(name if can_be_seen(name or "") else otherwise)


def given_name(link: Link | None, name: str | None, base: str, suffix: str) -> str | None:
    """The name a linked record was given, if it still fits ``base``, or if nothing can be seen of its present ``name``."""
    given = link.mapped.get("DisplayName") if link is not None else None
    if given is None or (can_be_seen(name or "") and not is_given_name(str(given), base, suffix)):
        return None
    return str(given)


class NamesInUse:
    """DisplayNames nobody else may take, whatever the case. Read at first use: most plans name nobody."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._owner: dict[str, str] | None = None
        self._named: set[str] = set()

    def is_first(self, key: str) -> bool:
        """Whether that record is named for the first time: what several need is written down once."""
        is_new = key not in self._named
        self._named.add(key)
        return is_new

    def choose(self, base: str, suffix: str, owner: str) -> str:
        """The first name that is free, or is ``owner``'s (``Customer:12``) already; from now on it is ``owner``'s."""
        owners = self._owners()
        for name in given_names(base, suffix):
            if owners.get(name.casefold(), owner) == owner:
                owners[name.casefold()] = owner
                return name
        raise AssertionError("there is always another number")

    def _owners(self) -> dict[str, str]:
        if self._owner is None:
            self._owner = people.names_in_use(self._run.connection, self._run.realm)
        return self._owner
