"""Trouble with TLS: what is certain never to have been sent, and what is not."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress, WriteRequest
from rentaxis_pipelines.quickbooks.faults import NotSent, OutcomeUnknown
from rentaxis_pipelines.quickbooks.limits import Limits

BATCH = WriteRequest("r-1", "batch", b"{}")


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory):
    """Path of a file with a key and a certificate for 127.0.0.1 that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(self_signed, server_kind):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)
    server = server_kind(tls=context)
    yield server
    server.close()


def client_of(server, clock) -> QuickBooksClient:
    return QuickBooksClient(
        RealmAddress(server.base_url, "1"),
        FixedToken("t"),
        limits=Limits.off(),
        timeouts=(1, 1),
        sleep=clock.sleep,
    )


def test_a_certificate_nobody_vouches_for_means_not_sent(secure, behaviours, clock):
    """It is checked before the request goes out, so nothing can have happened."""
    secure.does(behaviours.answer(200, {}))
    with pytest.raises(NotSent):
        client_of(secure, clock).write(BATCH)
    assert secure.received == []


def test_a_vouched_certificate_works_through_the_environment(
    secure, behaviours, clock, self_signed, monkeypatch
):
    """Firms with a proxy of their own set REQUESTS_CA_BUNDLE; it is read once, when the client is made."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self_signed))
    secure.does(behaviours.answer(200, {"BatchItemResponse": []}))
    client_of(secure, clock).write(BATCH)
    assert len(secure.received) == 1


@pytest.mark.parametrize("behaviour", ["reset", "close"])
def test_a_connection_cut_under_tls_is_unknown(
    secure, behaviours, clock, self_signed, monkeypatch, behaviour
):
    """The request was out: however TLS words the cut, it is never taken for "not sent"."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self_signed))
    secure.does(getattr(behaviours, behaviour))
    with pytest.raises(OutcomeUnknown):
        client_of(secure, clock).write(BATCH)
    assert len(secure.received) == 1
