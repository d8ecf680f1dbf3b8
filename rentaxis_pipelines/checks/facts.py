"""Facts that more than one check needs: looked up once and remembered, including errors, so an unreachable server is tried only once."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.settings import Company, Environment, Variables, load_company
from rentaxis_pipelines.settings.variables import PROCESS

Fact = TypeVar("Fact")


class NotChecked(Exception):
    """The check depends on something that another check has already reported as missing."""


class Facts:
    """The environment, and everything looked up so far."""

    def __init__(self, environment: Environment, variables: Variables = PROCESS) -> None:
        self.environment, self.variables = environment, variables
        self._known: dict[Callable[[Facts], Any], tuple[Any, Exception | None]] = {}

    def once(self, ask: "Callable[[Facts], Fact]") -> Fact:
        """The result of ``ask``, which is called only once. If it raised an error, raises it again each time."""
        if ask not in self._known:
            try:
                self._known[ask] = (ask(self), None)
            except (*ERRORS_FOR_PEOPLE, NotChecked) as error:
                self._known[ask] = (None, error)
        answer, error = self._known[ask]
        if error is not None:
            raise error
        return cast("Fact", answer)


def company_of(facts: Facts) -> Company:
    """The company file. Raises CompanyFileError."""
    return load_company(facts.environment.rentaxis_company_file)


def pipelines_url(facts: Facts) -> str:
    return facts.environment.pipelines_database_url.get_secret_value()
