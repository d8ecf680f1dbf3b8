"""What all pages of the desk share: the door, Dagster, the companies. And what is done once in this process. Not here: any page."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata

from rentaxis_pipelines.rentaxis.folder import models_in
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.desk.rate import RateLimit
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.people import Person

_FORMS_KEPT = 1_000


@dataclass
class Desk:
    """``scopes``: every company this server is for. A page asks for those of the person alone."""

    door: Door
    dagster: DagsterCalls
    scopes: Callable[[], Sequence[Scope]]
    rate: RateLimit = field(init=False)
    _launched: OrderedDict[tuple[str, ...], str] = field(default_factory=OrderedDict, init=False)
    _done: set[object] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    # Another one: a launch waits for Dagster, and no page may wait for that.
    _launching: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self.rate = RateLimit(self.door.now)

    def once(self, what: object, do: Callable[[], object]) -> None:
        """Do it the first time that it is asked for; if it raises, the next time again."""
        with self._lock:
            if what not in self._done:
                do()
                self._done.add(what)

    def launched_once(self, form: tuple[str, ...], launch: Callable[[], str]) -> tuple[str, bool]:
        """The run that was launched by that form, and whether it is this call that launched it: a button that is clicked twice launches once.

        ``form``: whose form it is, and its own mark, made when it was shown. If launching raises, the form can be sent again.
        """
        with self._launching:
            if form in self._launched:
                return self._launched[form], False
            run_id = self._launched[form] = launch()
            while len(self._launched) > _FORMS_KEPT:
                self._launched.popitem(last=False)
            return run_id, True

    def scopes_of(self, person: Person) -> list[Scope]:
        """The person's companies, in the order of their short names where each has a folder."""
        return [scope for scope in self.scopes() if person.sees(scope.slug)]

    def scope_of(self, person: Person, slug: str) -> Scope | None:
        """The company of that short name, if it is one of the person's: of another they are not even told that it is there."""
        return next((scope for scope in self.scopes_of(person) if scope.slug == slug), None)


def problem_of_models(scope: Scope) -> str | None:
    """Why the company's staging models cannot be used, so that no run can read RentAxis; its pages can be read all the same."""
    try:
        models_in(scope.sql_folder)
    except SqlModelError as error:
        return str(error)
    return None


@cache
def version() -> str:
    """The program's version: part of the address of its style sheet, so that a browser never shows an old one."""
    return metadata.version("rentaxis_pipelines")
