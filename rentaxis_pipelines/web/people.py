"""A person using the web UI: what each role may do, and which companies are theirs. Imports no other package of ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Role(IntEnum):
    """Each role may do everything the ones before it may."""

    viewer = 1  # view
    operator = 2  # launch and stop runs, switch schedules and sensors
    approver = 3  # approve plans, undo runs, connect QuickBooks, change settings


ROLE_OF_JOB: Mapping[str, Role] = MappingProxyType(
    {"push_approved": Role.approver, "undo_run": Role.approver}
)
"""The role that launching a job asks for, wherever it is launched, by the job's plain name (``orchestration.names``); any other job asks
for an operator."""
WHAT_JOB_DOES: Mapping[str, str] = MappingProxyType(
    {"push_approved": "approve a plan", "undo_run": "undo a run"}
)
"""Completes "may not ..."."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a request. ``name`` is empty if sign-in is off, which is allowed on this machine only.

    ``companies``: the short names of the only companies that they may see; None: every company there is and will be.
    """

    name: str
    role: Role
    companies: frozenset[str] | None = None

    @property
    def sees_every_company(self) -> bool:
        """Whether nothing on this server is kept from them."""
        return self.companies is None

    def sees(self, company: str) -> bool:
        """Whether the company of that short name is one of theirs."""
        return self.companies is None or company in self.companies


class RequestRefused(Exception):
    """A request that was refused. ``str(refused)`` is one sentence for the person who made it."""

    def __init__(self, status: int, sentence: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


def need_for_job(person: Person, job: str) -> None:
    """Raises RequestRefused unless the person may launch the job of that plain name."""
    need(person, ROLE_OF_JOB.get(job, Role.operator), WHAT_JOB_DOES.get(job, "launch runs"))


def need_companies(person: Person, companies: Iterable[str]) -> None:
    """Raises RequestRefused unless the person sees every one of these."""
    if not all(person.sees(company) for company in companies):
        raise RequestRefused(403, f"{person.name} may not do this for another company. Nothing was done.")


def need(person: Person, role: Role, what: str) -> None:
    """Raises RequestRefused unless the person has the role, or a higher one."""
    if person.role < role:
        raise RequestRefused(
            403,
            f"{person.name} is signed in as {person.role.name} and may not {what}: "
            f"this needs the role {role.name}. Nothing was done.",
        )
