"""What several looks need: asked once, and remembered, its error too. A server that is away is waited for once only."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.settings import Company, Environment, load_company

Fact = TypeVar("Fact")


class NotLookedAt(Exception):
    """A look needs what another one has found missing and said already."""


class Facts:
    """The environment, and whatever has been found out with it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._known: dict[Callable[[Facts], Any], tuple[Any, Exception | None]] = {}

    def once(self, ask: "Callable[[Facts], Fact]") -> Fact:
        """The answer of ``ask``, which is called once. Raises what it raised, each time."""
        if ask not in self._known:
            try:
                self._known[ask] = (ask(self), None)
            except (*ERRORS_FOR_PEOPLE, NotLookedAt) as error:
                self._known[ask] = (None, error)
        answer, error = self._known[ask]
        if error is not None:
            raise error
        return cast("Fact", answer)


def company_of(facts: Facts) -> Company:
    """The company file. Raises CompanyFileError."""
    return load_company(facts.environment.rentaxis_company_file)


def rentaxis_url(facts: Facts) -> str:
    return facts.environment.rentaxis_database_url.get_secret_value()


def pipelines_url(facts: Facts) -> str:
    return facts.environment.pipelines_database_url.get_secret_value()
