"""Notices: who is told of unattended runs, when and how; and a test of it. Passwords and secret addresses are neither shown nor set here."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.notices.send import missing_secrets, send
from rentaxis_pipelines.notices.text import trial_message
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.settings.yaml_edit import Value
from rentaxis_pipelines.settings.yaml_file import KeyPath
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.setup.code_location import reloaded
from rentaxis_pipelines.web.desk.setup.saving import (
    CHANGE_SETTINGS,
    checked,
    save,
    settings_file,
    show,
    why_of,
)
from rentaxis_pipelines.web.desk.setup.settings_form import Setting, changes_of, fields, titles_of
from rentaxis_pipelines.web.desk.visit import Visit, title_of
from rentaxis_pipelines.web.people import Role

_EMAIL: Final = ("notice", "email")
_PATH: Final = "/setup/notices"
SETTINGS: Final[Sequence[Setting]] = (
    Setting(("notice", "when"), "When somebody is told"),
    Setting(("notice", "include_details"), "Names and amounts in notices"),
    Setting(("notice", "webhook"), "A chat message too"),
    Setting(("notice", "dagster_url"), "Address for the link in a notice", empty="no link"),
)
EMAIL: Final[Sequence[Setting]] = (
    Setting((*_EMAIL, "to"), "To (several separated by commas)"),
    Setting((*_EMAIL, "from"), "From"),
    Setting((*_EMAIL, "server"), "Mail server"),
    Setting((*_EMAIL, "port"), "Port"),
    Setting((*_EMAIL, "security"), "Encryption"),
    Setting((*_EMAIL, "user"), "User to sign in as", empty="no sign-in"),
)


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page(_PATH, lambda visit: _page(visit, Form({}))),
        action(_PATH, _save, role=Role.approver, what=CHANGE_SETTINGS, again=_page),
        action(f"{_PATH}/test", _test, role=Role.approver, what="send a test notice", again=_page),
    ]


def _page(visit: Visit, form: Form, sentence: str = "") -> Response:
    current = settings_file(visit)
    company = current.file.company
    notice = company.notice
    return show(
        visit,
        "setup_notices.html",
        form,
        sentence,
        current,
        shown=fields(SETTINGS, company, form),
        email=fields(EMAIL, company, form),
        lacking=missing_secrets(notice, visit.scope.notice_secrets),
        has_channel=notice.email is not None or notice.webhook,
    )


def _save(visit: Visit, form: Form) -> Response:
    current = settings_file(visit)
    changes = {
        **changes_of(form, SETTINGS, current.file.company),
        **email_changes(form, current.file.company),
    }
    if not changes:
        raise FormError("The settings say this already, so nothing was saved.")
    why = why_of(form)
    save(visit, form, checked(current, changes, titles=titles_of([*SETTINGS, *EMAIL])), why)
    return visit.go(visit.url("setup", "notices"), f"Saved. {reloaded(visit)}")


def email_changes(form: Form, company: Company) -> Mapping[KeyPath, Value]:
    """Of the fields of the e-mail; without anyone to send to, there is none."""
    typed = {field.setting.key_path: field.value for field in fields(EMAIL, company, form)}
    before = company.notice.email
    if not any(typed[(*_EMAIL, key)] for key in ("to", "from", "server")):
        return {} if before is None else {_EMAIL: None}
    changes = {
        key_path: [part for each in str(value).split(",") if (part := each.strip())]
        if key_path[-1] == "to"
        else value
        for key_path, value in changes_of(form, EMAIL, company).items()
    }
    if before is not None:
        return changes
    return {_EMAIL: {str(key_path[-1]): value for key_path, value in changes.items()}}


def _test(visit: Visit, _form: Form) -> Response:
    notice = visit.company.notice
    if notice.email is None and not notice.webhook:
        raise FormError("There is nobody to send it to yet: name somebody first.")
    message = trial_message(title_of(visit.made_for), visit.who)
    if problems := send(notice, visit.scope.notice_secrets, message):
        raise FormError("The test was not sent. " + "\n".join(problems))
    return visit.go(visit.url("setup", "notices"), "The test was sent. See whether it arrived.")
