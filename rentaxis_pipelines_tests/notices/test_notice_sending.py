"""Notices over real SMTP and real HTTP: what arrives, how often it is tried, and what is said when it does not arrive."""

import base64
import socket

import pytest

from rentaxis_pipelines.notices.send import TRIES, missing_secrets, send
from rentaxis_pipelines.notices.text import Message
from rentaxis_pipelines.settings import Email, Notice, NoticeSecrets
from rentaxis_pipelines_tests.notices.listeners import smtp_server, web_address

NOTE = Message("Nightly run went through", "invoices: 3 created\n", {"text": "invoices: 3 created"})


def email(port: int, **more) -> Email:
    return Email.model_validate(
        {"to": ["books@example.com", "owner@example.com"], "from": "sync@example.com", "server": "127.0.0.1", "port": port, "security": "none", **more}
    )  # fmt: skip


def secrets(**values: str) -> NoticeSecrets:
    return NoticeSecrets.model_validate(values)


@pytest.fixture
def naps() -> list[float]:
    """How long was waited between tries, without waiting."""
    return []


def test_a_notice_arrives_by_mail_and_by_web_call(naps):
    with smtp_server() as box, web_address() as hook:
        notice = Notice(email=email(box.port, user="sync"), webhook=True)
        known = secrets(notice_smtp_password="pass-word", notice_webhook_url=hook.url)
        assert send(notice, known, NOTE, naps.append) == []
    (mail,) = box.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "sync@example.com",
        "books@example.com, owner@example.com",
        "Nightly run went through",
    )
    assert mail.get_content().replace("\r\n", "\n") == NOTE.body
    assert base64.b64decode(box.logins[0]) == b"\0sync\0pass-word"
    assert hook.calls == [{"text": "invoices: 3 created"}]
    assert naps == []


def test_what_may_heal_is_tried_again_a_bounded_number_of_times(naps):
    """Both ways: a busy server is asked again and takes it; one that stays busy is given up, and the other way is still used."""
    with smtp_server() as box, web_address() as hook:
        notice = Notice(email=email(box.port), webhook=True)
        box.answers, hook.answers = [b"451 busy"], [503, 429]
        assert send(notice, secrets(notice_webhook_url=hook.url), NOTE, naps.append) == []
        assert (len(box.mails), len(hook.calls)) == (1, 3)

        box.answers = [b"451 busy"] * 10
        (problem,) = send(notice, secrets(notice_webhook_url=hook.url), NOTE, naps.append)
        assert problem == f"The mail server 127.0.0.1:{box.port} did not accept the notice (451)."
        assert len(box.answers) == 10 - TRIES
        assert len(hook.calls) == 4


def test_what_will_not_heal_is_tried_once(naps):
    with web_address() as hook, smtp_server() as box:
        hook.answers, box.answers = [404] * 5, [b"550 no such sender"] * 5
        notice = Notice(email=email(box.port), webhook=True)
        problems = send(notice, secrets(notice_webhook_url=hook.url), NOTE, naps.append)
        assert problems == [
            f"The mail server 127.0.0.1:{box.port} did not accept the notice (550).",
            "The notice's webhook address answered 404.",
        ]
        assert (len(hook.calls), len(box.answers)) == (1, 4)
        assert naps == []


def test_nobody_there_is_said_without_the_secret_in_the_address(naps):
    """The address of a web call is a secret; so is the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody answers, and nobody else gets the port
        port = taken.getsockname()[1]
        notice = Notice(email=email(port, user="sync"), webhook=True)
        known = secrets(
            notice_smtp_password="pass-word", notice_webhook_url=f"http://127.0.0.1:{port}/hooks/secret-word"
        )
        problems = send(notice, known, NOTE, naps.append)
    assert problems == [
        f"The mail server 127.0.0.1:{port} cannot be reached (ConnectionRefusedError).",
        "The notice's webhook address cannot be reached (ConnectionError).",
    ]
    assert len(naps) == 2 * (TRIES - 1)


def test_a_secret_that_is_not_set_is_named(naps):
    notice = Notice(email=email(25, user="sync"), webhook=True)
    problems = send(notice, secrets(), NOTE, naps.append)
    assert ["NOTICE_SMTP_PASSWORD" in problems[0], "NOTICE_WEBHOOK_URL" in problems[1]] == [True, True]
    assert problems == missing_secrets(notice, secrets())


def test_an_encrypted_connection_that_the_server_does_not_offer_is_not_made_without(naps):
    """Words never go out in the clear because a server, or somebody in between, says it cannot encrypt."""
    with smtp_server() as box:
        (problem,) = send(Notice(email=email(box.port, security="starttls")), secrets(), NOTE, naps.append)
    assert "did not accept the notice" in problem
    assert box.mails == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_web_address_cannot_hand_the_notice_on_to_another(naps, status):
    """The other one sees nothing; the reason names the setting and no address; it is tried once."""
    with web_address() as stranger, web_address() as hook:
        hook.answers, hook.leads_to = [status], stranger.url
        (problem,) = send(Notice(webhook=True), secrets(notice_webhook_url=hook.url), NOTE, naps.append)
    assert f"redirects to another one ({status})" in problem
    assert "NOTICE_WEBHOOK_URL" in problem
    assert "secret-word" not in problem
    assert (len(hook.calls), stranger.calls, naps) == (1, [], [])
