"""Sending a notice by e-mail and web call, each tried a few times. What could not be sent is said, never raised.

Reasons name no address that may hold a secret, and nothing a server answered: it may quote what it was sent.
"""

import smtplib
import ssl
from collections.abc import Callable

import requests
import tenacity
from pydantic import SecretStr

from rentaxis_pipelines.notices.text import Message
from rentaxis_pipelines.quickbooks.log import quiet_urllib3
from rentaxis_pipelines.render.email import compose
from rentaxis_pipelines.safety.outgoing import is_redirect, keep_to
from rentaxis_pipelines.settings import Email, Notice, NoticeSecrets

TRIES = 3
# Three tries on both ways take 35 seconds at worst: Dagster ends a sensor's tick after 60.
_TIMEOUT_SECONDS = 5.0
_WAITS = tenacity.wait_fixed(0.5)


class NotSent(Exception):
    """The notice did not go out this way; the text says why. ``again``: whether another try may help."""

    def __init__(self, text: str, *, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


def missing_secrets(notice: Notice, secrets: NoticeSecrets) -> list[str]:
    """What notices need and the environment does not hold, a sentence each."""
    missing: list[str] = []
    if notice.email is not None and notice.email.user and secrets.notice_smtp_password is None:
        missing.append(
            f"The mail server {notice.email.server}:{notice.email.port} asks {notice.email.user} for a password: set "
            "NOTICE_SMTP_PASSWORD in the environment."
        )
    if notice.webhook and secrets.notice_webhook_url is None:
        missing.append("notice.webhook is on, but NOTICE_WEBHOOK_URL is not set in the environment.")
    return missing


def send(
    notice: Notice,
    secrets: NoticeSecrets,
    message: Message,
    sleep: Callable[[float], None] = tenacity.nap.sleep,
) -> list[str]:
    """Send it every way that is set up; returns why it could not be sent, one sentence a way that failed."""
    problems = missing_secrets(notice, secrets)
    ways: list[Callable[[], None]] = []
    email, password, url = notice.email, secrets.notice_smtp_password, secrets.notice_webhook_url
    if email is not None and not (email.user and password is None):
        ways.append(lambda: send_email(email, password, message))
    if notice.webhook and url is not None:
        ways.append(lambda: post(url, message))
    for way in ways:
        try:
            _with_retries(way, sleep)
        except NotSent as error:
            problems.append(str(error))
    return problems


def _with_retries(way: Callable[[], None], sleep: Callable[[float], None]) -> None:
    tenacity.Retrying(
        stop=tenacity.stop_after_attempt(TRIES),
        wait=_WAITS,
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, NotSent) and error.again),
        sleep=sleep,
        reraise=True,
    )(way)


def send_email(email: Email, password: SecretStr | None, message: Message) -> None:
    """One try by SMTP. Raises NotSent."""
    mail = compose(email.sender, email.to, message.subject, message.body)
    place = f"The mail server {email.server}:{email.port}"
    try:
        with _connected(email) as server:
            if email.user and password is not None:
                server.login(email.user, password.get_secret_value())
            refused = server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(
            f"{place} does not let {email.user} in ({error.smtp_code}). Check notice.email.user and NOTICE_SMTP_PASSWORD.",
            again=False,
        ) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(
            f"{place} did not take the notice ({error.smtp_code}).", again=error.smtp_code < 500
        ) from error
    except smtplib.SMTPException as error:
        raise NotSent(f"{place} did not take the notice ({type(error).__name__}).") from error
    except OSError as error:
        raise NotSent(f"{place} cannot be reached ({type(error).__name__}).") from error
    if refused:
        raise NotSent(
            f"{place} refused {len(refused)} of {len(email.to)} addresses of notice.email.to.", again=False
        )


def _connected(email: Email) -> smtplib.SMTP:
    if email.security == "tls":
        return smtplib.SMTP_SSL(
            email.server, email.port, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(email.server, email.port, timeout=_TIMEOUT_SECONDS)
    if email.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except Exception:
            server.close()
            raise
    return server


def post(url: SecretStr, message: Message) -> None:
    """One try by web call: JSON by POST. Raises NotSent."""
    quiet_urllib3()  # the address is a secret, and urllib3 logs its path at debug level
    address = url.get_secret_value()
    try:
        with requests.Session() as session:
            keep_to(session, address)
            answer = session.post(
                address, json=message.payload, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
    except requests.RequestException as error:
        # The original text holds the address, and that may hold a secret.
        raise NotSent(f"The notice's web address cannot be reached ({type(error).__name__}).") from None
    if is_redirect(answer.status_code):
        raise NotSent(
            f"The notice's web address sends us to another one ({answer.status_code}), which is not followed, because the notice would "
            "go there too. Set NOTICE_WEBHOOK_URL to the address that takes it.",
            again=False,
        )
    if not answer.ok:
        transient = answer.status_code == requests.codes.too_many_requests or answer.status_code >= 500
        raise NotSent(f"The notice's web address answered {answer.status_code}.", again=transient)
