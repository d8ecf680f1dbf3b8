"""A person at the front door, and what each role may do. Imports nothing of ours."""

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each role may do all that the ones before it may."""

    viewer = 1  # look
    operator = 2  # launch and stop runs, switch schedules and sensors
    approver = 3  # connect QuickBooks


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a request. ``name`` is empty where nobody signs in: on this machine alone."""

    name: str
    role: Role


class RequestRefused(Exception):
    """A request that is not carried out. ``str(refused)`` is one sentence for whoever made it."""

    def __init__(self, status: int, sentence: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


def need(person: Person, role: Role, what: str) -> None:
    """Raises RequestRefused unless the person has the role, or a higher one."""
    if person.role < role:
        raise RequestRefused(
            403,
            f"{person.name} is signed in as {person.role.name} and may not {what}: "
            f"that takes the role {role.name}. Nothing was done.",
        )
