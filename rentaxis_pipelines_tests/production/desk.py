"""The UI as a person at a browser has it, and patience: GraphQL calls, and waiting while the services live."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from rentaxis_pipelines_tests.production.units import Service


@dataclass(frozen=True)
class Desk:
    """``url``: the UI's address."""

    url: str
    services: list[Service]

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a call, as the UI makes it."""
        call = {"query": query, "variables": dict(variables)}
        answer = requests.post(f"{self.url}/graphql", json=call, timeout=60)
        content = answer.json()
        assert answer.ok, content
        assert not content.get("errors"), json.dumps(content)
        return content["data"]

    def until(self, what: str, look: Callable[[], Any], seconds: float = 240) -> Any:
        """The first result of ``look`` that is true. Fails with the services' last words once one has ended, or time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert all(one.process.poll() is None for one in self.services), self.last_words()
            if found := look():
                return found
            time.sleep(0.5)
        raise AssertionError(f"After {seconds:.0f} s still waiting for {what}.\n{self.last_words()}")

    def last_words(self) -> str:
        return "\n".join(one.last_words() for one in self.services)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/server_info", timeout=5).ok
        except requests.RequestException:
            return False
