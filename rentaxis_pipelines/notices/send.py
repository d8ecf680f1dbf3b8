"""Sending a notice by e-mail and webhook, each tried a few times. Failures are returned, never raised.

Reasons never contain an address that may include a secret, or a server's response, which may quote what it was sent.
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
# Three tries of both channels take at most 35 seconds: Dagster stops a sensor tick after 60.
TIMEOUT_SECONDS = 5.0
_WAITS = tenacity.wait_fixed(0.5)


class NotSent(Exception):
    """The notice could not be sent on this channel; the text says why. ``retry``: whether another try may help."""

    def __init__(self, text: str, *, retry: bool = True) -> None:
        super().__init__(text)
        self.retry = retry


def missing_secrets(notice: Notice, secrets: NoticeSecrets) -> list[str]:
    """What notices need and the environment does not provide, one sentence each."""
    missing: list[str] = []
    if notice.email is not None and notice.email.user and secrets.notice_smtp_password is None:
        missing.append(
            f"The mail server {notice.email.server}:{notice.email.port} requires a password for {notice.email.user}: set "
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
    """Send it on every configured channel; returns one sentence for each channel that failed."""
    problems = missing_secrets(notice, secrets)
    channels: list[Callable[[], None]] = []
    email, password, url = notice.email, secrets.notice_smtp_password, secrets.notice_webhook_url
    if email is not None and not (email.user and password is None):
        channels.append(lambda: send_email(email, password, message))
    if notice.webhook and url is not None:
        channels.append(lambda: post(url, message))
    for channel in channels:
        try:
            with_retries(channel, sleep)
        except NotSent as error:
            problems.append(str(error))
    return problems


def with_retries(channel: Callable[[], None], sleep: Callable[[float], None]) -> None:
    """Try a few times. Raises NotSent."""
    tenacity.Retrying(
        stop=tenacity.stop_after_attempt(TRIES),
        wait=_WAITS,
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, NotSent) and error.retry),
        sleep=sleep,
        reraise=True,
    )(channel)


def send_email(email: Email, password: SecretStr | None, message: Message) -> None:
    """One try by SMTP. Raises NotSent."""
    mail = compose(email.sender, email.to, message.subject, message.body)
    server_name = f"The mail server {email.server}:{email.port}"
    try:
        with _connected(email) as server:
            if email.user and password is not None:
                server.login(email.user, password.get_secret_value())
            refused = server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(
            f"{server_name} rejected the sign-in of {email.user} ({error.smtp_code}). Check notice.email.user and NOTICE_SMTP_PASSWORD.",
            retry=False,
        ) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(
            f"{server_name} did not accept the notice ({error.smtp_code}).", retry=error.smtp_code < 500
        ) from error
    except smtplib.SMTPException as error:
        raise NotSent(f"{server_name} did not accept the notice ({type(error).__name__}).") from error
    except OSError as error:
        raise NotSent(f"{server_name} cannot be reached ({type(error).__name__}).") from error
    if refused:
        raise NotSent(
            f"{server_name} refused {len(refused)} of {len(email.to)} addresses of notice.email.to.",
            retry=False,
        )


def _connected(email: Email) -> smtplib.SMTP:
    if email.security == "tls":
        return smtplib.SMTP_SSL(
            email.server, email.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(email.server, email.port, timeout=TIMEOUT_SECONDS)
    if email.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except Exception:
            server.close()
            raise
    return server


def post(url: SecretStr, message: Message) -> None:
    """One try by webhook: JSON by POST. Raises NotSent."""
    _call("POST", url, "The notice's webhook address", "NOTICE_WEBHOOK_URL", message.payload)


def get(url: SecretStr, name: str, variable: str) -> None:
    """One try to call a secret address by GET. ``name``: what people call it; ``variable``: where it is set. Raises NotSent."""
    _call("GET", url, name, variable, None)


def _call(method: str, url: SecretStr, name: str, variable: str, payload: object) -> None:
    quiet_urllib3()  # the address is a secret, and urllib3 logs its path at debug level
    address = url.get_secret_value()
    try:
        with requests.Session() as session:
            keep_to(session, address)
            response = session.request(
                method, address, json=payload, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
    except requests.RequestException as error:
        # The original text contains the address, which may contain a secret.
        raise NotSent(f"{name} cannot be reached ({type(error).__name__}).") from None
    if is_redirect(response.status_code):
        raise NotSent(
            f"{name} redirects to another one ({response.status_code}), which is not followed, because a secret would "
            f"be sent there too. Set {variable} to the final address.",
            retry=False,
        )
    if not response.ok:
        transient = response.status_code == requests.codes.too_many_requests or response.status_code >= 500
        raise NotSent(f"{name} answered {response.status_code}.", retry=transient)
