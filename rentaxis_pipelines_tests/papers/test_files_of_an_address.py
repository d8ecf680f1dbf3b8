"""Files at an https address: downloaded from public servers alone, from the address that was checked, without following redirects."""

import datetime as dt
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rentaxis_pipelines.papers.content import LARGEST, Expected, read
from rentaxis_pipelines.papers.unfit import PaperRefused
from rentaxis_pipelines.papers.web import Reach, is_public

HOST = "files.rentaxis.example"


class _Files(http.server.BaseHTTPRequestHandler):
    """One answer by the path; what was asked is kept."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        if self.path.startswith("/tap"):
            return self._answer(200, b"a tap")
        if self.path == "/moved":
            return self._answer(302, b"", Location="https://169.254.169.254/latest/meta-data/")
        if self.path == "/short":
            return self._answer(200, b"a t", length=5)
        if self.path == "/packed":
            return self._answer(200, b"zip", **{"Content-Encoding": "gzip"})
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 1_000_000)
        return self._answer(404, b"no")

    def _answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body) if length is None else length),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever has enough of an endless file hangs up."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of the host, vouched for by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def server(certificate: Path) -> Iterator[_Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = _Server(("127.0.0.1", 0), _Files)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def near(certificate: Path) -> Reach:
    """As if this machine were a server of the internet."""
    return Reach(lambda _host, _port: ["127.0.0.1"], lambda _address: True, str(certificate))


def _code(location: str, reach: Reach) -> str:
    with pytest.raises(PaperRefused) as refused:
        read(location, None, Expected(), reach)
    assert HOST not in str(refused.value)
    return refused.value.refusal.code


def test_downloaded_by_the_name_from_the_address_that_was_checked(server: _Server, near: Reach) -> None:
    """Host and certificate are those of the name; the query goes along, as signed addresses need it."""
    port = server.server_address[1]
    assert read(f"https://{HOST}:{port}/tap?sig=a%20b", None, Expected(size=5), near) == b"a tap"
    assert _Files.asked[-1] == ("/tap?sig=a%20b", f"{HOST}:{port}")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("moved", "paper_unfit"),
        ("short", "paper_unreadable"),
        ("packed", "paper_unreadable"),
        ("missing", "paper_unreadable"),
        ("endless", "paper_unfit"),
    ],
)
def test_answers_that_are_no_file(server: _Server, near: Reach, path: str, code: str) -> None:
    """A redirect is not followed, half a file is none, and an endless one is read no further than the limit."""
    assert _code(f"https://{HOST}:{server.server_address[1]}/{path}", near) == code
    assert LARGEST == 20 * 1024 * 1024


def test_a_certificate_of_another_name(server: _Server, near: Reach) -> None:
    """The server has to be who the address says."""
    assert _code(f"https://other.example:{server.server_address[1]}/tap", near) == "paper_unreadable"


def test_a_name_that_stands_for_a_private_address_too(server: _Server, certificate: Path) -> None:
    """One private address among public ones is enough to refuse it, and nothing is connected to."""
    asked = len(_Files.asked)
    reach = Reach(lambda _host, _port: ["93.184.216.34", "127.0.0.1"], is_public, str(certificate))
    assert _code(f"https://{HOST}:{server.server_address[1]}/tap", reach) == "paper_unfit"
    assert len(_Files.asked) == asked


@pytest.mark.parametrize(
    "location",
    [
        "http://example.com/a.pdf", "ftp://example.com/a.pdf", "file:///etc/passwd", "https://", "https:///a.pdf",
        "https://user:secret@example.com/a.pdf", "https://example.com:99999/a.pdf", "https://example.com:0/a", "https://exa mple.com/a",
        "https://example.com/a\r\nX-Header: 1", "https://[::1/a", "https://127.0.0.1/a", "https://2130706433/a", "https://0x7f.1/a",
        "https://[::ffff:10.0.0.1]/a", "https://localhost/a", "https://10.1.2.3/a", "https://169.254.169.254/a", "https://0.0.0.0/a",
    ],
)  # fmt: skip
def test_hostile_addresses(location: str) -> None:
    """Other schemes, credentials, splits of the request, and every way to write an address of this machine or network."""
    with pytest.raises(PaperRefused) as refused:
        read(location, None, Expected())
    assert refused.value.refusal.code == "paper_unfit"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.0.0.1", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.1.1", False), ("100.64.0.1", False), ("224.0.0.1", False), ("240.0.0.1", False), ("0.0.0.0", False),
        ("::1", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False), ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True), ("2002:7f00:1::", False),
    ],
)  # fmt: skip
def test_what_is_public(address: str, public: bool) -> None:
    """Private, of the machine, of the link, shared, multicast, reserved, and the same behind an IPv6 form: none is public."""
    assert is_public(address) is public
