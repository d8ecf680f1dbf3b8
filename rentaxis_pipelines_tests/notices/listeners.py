"""A real SMTP server and a real web address, on this machine, that keep what they get and answer as they are told."""

import contextlib
import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Mailbox:
    """Mails taken. ``answers``: what the server says to the next mails instead of taking them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    connections: int = 0
    logins: list[str] = field(default_factory=list)


@contextlib.contextmanager
def smtp_server() -> Iterator[Mailbox]:
    """Speaks as much SMTP as one mail needs (RFC 5321), with AUTH PLAIN."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            box.connections += 1
            self.say(b"220 here")
            while line := self.rfile.readline():
                word = line.split(b" ")[0].strip().upper()
                if word == b"EHLO":
                    self.wfile.write(b"250-here\r\n")
                    self.say(b"250 AUTH PLAIN")
                elif word == b"AUTH":
                    box.logins.append(line.decode().split()[-1])
                    self.say(b"235 welcome")
                elif word == b"DATA":
                    self.say(b"354 go on")
                    self.take()
                elif word == b"QUIT":
                    self.say(b"221 bye")
                    return
                elif word == b"MAIL" and box.answers:
                    self.say(box.answers.pop(0))
                else:
                    self.say(b"250 fine")

        def say(self, words: bytes) -> None:
            self.wfile.write(words + b"\r\n")

        def take(self) -> None:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))  # pyright: ignore[reportArgumentType] - the default policy makes EmailMessage
            self.say(b"250 taken")

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        box.port = port
        yield box


@dataclass
class Hook:
    """Calls taken; ``gets``: the paths of those without a body. ``answers``: the status codes of the next calls; 200 when there are none left. ``leads_to``: where a redirect says
    to go.
    """

    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    leads_to: str = ""


@contextlib.contextmanager
def web_address() -> Iterator[Hook]:
    """Takes JSON by POST, and calls by GET."""
    hook = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer()

        def do_GET(self) -> None:
            hook.gets.append(self.path)
            self.answer()

        def answer(self) -> None:
            self.send_response(hook.answers.pop(0) if hook.answers else 200)
            if hook.leads_to:
                self.send_header("Location", hook.leads_to)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with _serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        hook.url = f"http://127.0.0.1:{port}/hooks/secret-word"
        yield hook


@contextlib.contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
