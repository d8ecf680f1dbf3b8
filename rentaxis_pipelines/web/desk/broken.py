"""What stands in place of every page of a company whose settings cannot be used: why, and who mends it where.

Here: the page, and what a person is told of what is wrong. Not here: what is wrong (``settings`` and ``rentaxis``, whose sentences they are).
"""

import re

from starlette.responses import Response

from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Person

_ANOTHERS = (
    "What is wrong concerns another company too, so it is not shown here: rentaxis-sync check says it."
)


def show(visit: Visit, error: SettingsError) -> Response:
    """The page that says it, for every address of the company."""
    return visit.render(
        "broken.html", status=503, problem=for_their_eyes(visit.desk, visit.person, str(error))
    )


def for_their_eyes(desk: Desk, person: Person, problem: str) -> str:
    """The sentence, unless it names a company that is not the person's: two may claim the same books."""
    if person.sees_every_company:
        return problem
    hidden = [scope.slug for scope in desk.scopes() if not person.sees(scope.slug)]
    return _ANOTHERS if any(re.search(rf"\b{slug}\b", problem) for slug in hidden) else problem
