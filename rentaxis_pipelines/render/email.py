"""Plain-text e-mail: nothing in it can start a header, a new line or markup. Not here: sending it (``notices.send``)."""

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Final

from rentaxis_pipelines.render.characters import lines, one_line

_LONGEST_SUBJECT: Final = 200


def text(value: object) -> str:
    """Any value as part of a line, including the subject line."""
    return one_line(value)


def subject(value: object) -> str:
    """Any value as the subject: one line, at most 200 characters."""
    line = one_line(value)
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 4]} ..."


def compose(sender: str, to: Sequence[str], about: str, body: str) -> EmailMessage:
    """The message, ready to send. Pass outside text in the body through ``text`` first; the body's own line breaks stay."""
    mail = EmailMessage()
    mail["Subject"] = subject(about)
    mail["From"] = text(sender)
    mail["To"] = ", ".join(text(address) for address in to)
    mail.set_content(lines(body))
    return mail
