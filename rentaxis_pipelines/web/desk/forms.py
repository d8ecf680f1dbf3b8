"""What a page and an action of the desk are: who may, that the form is ours, and that an error is a sentence on the page it came from.

Here: the frame around every handler. Not here: any handler.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.sync.decisions import DecisionRefused
from rentaxis_pipelines.web.desk import broken
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.visit import DESK, Visit
from rentaxis_pipelines.web.door import PERSON
from rentaxis_pipelines.web.people import RequestRefused, Role, need

MOST_FIELDS = 2_000
NO_COMPANY = "There is no such company here."


class FormError(Exception):
    """What was typed cannot be done; the text says why, and what to do."""


class Form:
    """What was sent, without spaces at the ends. ``Form({})`` is an empty one."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        """The first value, or "" where there is none."""
        return next(iter(self._values.get(name, [])), "").strip()

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return [value.strip() for value in self._values.get(name, [])]

    def ticked(self, name: str) -> bool:
        """Whether the box of that name was ticked."""
        return bool(self[name])

    def __bool__(self) -> bool:
        return bool(self._values)


Show = Callable[[Visit], Response]
Act = Callable[[Visit, Form], Response]
# The page with what was typed, and the sentence that says why it could not be done.
ShowWith = Callable[[Visit, Form, str], Response]
_DESK = "rentaxis_pipelines.desk"  # the key in the application's state


def page(path: str, show: Show) -> Route:
    """A page under the company's address. An error for people is a page that says it."""

    async def endpoint(request: Request) -> Response:
        visit = _visit(request)
        return await run_in_threadpool(_shown, visit, show)

    return Route(f"{DESK}/{{company}}{path}", endpoint, methods=["GET"])


def action(path: str, act: Act, *, role: Role, what: str, again: ShowWith) -> Route:
    """An action under the company's address, for people with that role; ``what`` completes "may not ...".

    ``again``: the page it came from, with what was typed and a sentence, if it cannot be done.
    """

    async def endpoint(request: Request) -> Response:
        visit = _visit(request)
        need(request.scope[PERSON], role, what)
        form = await _sent(request)
        return await run_in_threadpool(_acted, visit, form, act, again)

    route = Route(f"{DESK}/{{company}}{path}", endpoint, methods=["POST"])
    ROLES[route.path] = role
    return route


# The role that each action asks for, by the path of its route: for those who want to see them all.
ROLES: dict[str, Role] = {}


def _visit(request: Request) -> Visit:
    desk: Desk = getattr(request.app.state, _DESK)
    scope = desk.scope_of(request.scope[PERSON], request.path_params["company"])
    if scope is None:
        raise RequestRefused(404, NO_COMPANY)
    return Visit(request, desk, scope)


def attach(state: object, desk: Desk) -> None:
    """Let the routes of an application find the desk."""
    setattr(state, _DESK, desk)


def _shown(visit: Visit, show: Show) -> Response:
    try:
        return show(visit)
    except RequestRefused as refused:
        return visit.sentence("That did not work", str(refused), refused.status)
    except SettingsError as error:
        return broken.show(visit, error)
    except (FormError, *ERRORS_FOR_PEOPLE) as error:
        return visit.sentence("That did not work", str(error), _status_of(error))


def _acted(visit: Visit, form: Form, act: Act, again: ShowWith) -> Response:
    try:
        visit.desk.door.check_form(visit.request, form["form_token"])
        visit.desk.rate.count(visit.who)
        return act(visit, form)
    except RequestRefused as refused:
        return _again(visit, form, again, str(refused), refused.status)
    except (FormError, *ERRORS_FOR_PEOPLE) as error:
        return _again(visit, form, again, str(error), _status_of(error))


def _status_of(error: Exception) -> int:
    """What was typed cannot be done, somebody decided otherwise meanwhile, or something it needs is away."""
    return 400 if isinstance(error, FormError) else 409 if isinstance(error, DecisionRefused) else 503


def _again(visit: Visit, form: Form, again: ShowWith, sentence: str, status: int) -> Response:
    """The page with what was typed; a page that says the sentence where even that cannot be shown."""
    try:
        response = again(visit, form, sentence)
    except SettingsError as error:
        return broken.show(visit, error)
    except (RequestRefused, FormError, *ERRORS_FOR_PEOPLE):
        return visit.sentence("That did not work", sentence, status)
    if response.status_code == 404:  # it says that there is nothing to act on, in place of the sentence
        return visit.sentence("That did not work", sentence, status)
    if response.status_code == 200:
        response.status_code = status
    return response


async def _sent(request: Request) -> Form:
    values: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                values.setdefault(name, []).append(value)
    return Form(values)
