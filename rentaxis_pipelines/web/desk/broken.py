"""What stands in place of every page of a company whose settings cannot be used: why, and who mends it where.

Here: the page. Not here: what is wrong with the settings (``settings``, whose sentence it is).
"""

import re

from starlette.responses import Response

from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.web.desk.visit import Visit

_ANOTHERS = (
    "What is wrong concerns another company too, so it is not shown here: rentaxis-sync check says it."
)


def show(visit: Visit, error: SettingsError) -> Response:
    """The page that says it, for every address of the company."""
    return visit.render("broken.html", status=503, problem=_for_their_eyes(visit, str(error)))


def _for_their_eyes(visit: Visit, problem: str) -> str:
    """The sentence, unless it names a company that is not the person's: two may claim the same books."""
    if visit.person.sees_every_company:
        return problem
    hidden = [scope.slug for scope in visit.desk.scopes() if not visit.person.sees(scope.slug)]
    return _ANOTHERS if any(re.search(rf"\b{slug}\b", problem) for slug in hidden) else problem
