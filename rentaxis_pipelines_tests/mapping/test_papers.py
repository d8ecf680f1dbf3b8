"""Names of attached files: whatever RentAxis calls a file, QuickBooks gets a name every system can store, with an ending it takes."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.papers import CONTENT_TYPES, NAME_LENGTH, file_name, note
from rentaxis_pipelines.mapping.text import units
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.source_records import Paper
from rentaxis_pipelines.quickbooks.answers import Answer
from rentaxis_pipelines.quickbooks.batch import Answered, Faulted, Missing
from rentaxis_pipelines.quickbooks.upload import decode_upload, encode_upload

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def a_paper(name: str | None, content_type: str | None = None, source_id: str = "7") -> Paper:
    return Paper(
        source_id, dt.date(2026, 5, 1), "expense", "3", name, content_type, None, None, "a/b", NOON, None
    )


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("receipt.pdf", None, "receipt.pdf"),
        ("Receipt.PDF", "image/png", "Receipt.PDF"),
        ("../../etc/receipt.pdf", None, "_.._etc_receipt.pdf"),
        ('a"b:c*d?.png', None, "a_b_c_d_.png"),
        ("receipt", "application/pdf; charset=binary", "receipt.pdf"),
        ("receipt", None, None),
        ("setup.exe", "application/pdf", None),
        ("tap.tar.gz", None, None),
        (".pdf", None, None),
        ("a\u202egpj.exe\r\n.pdf", None, "agpj.exe.pdf"),
        (None, None, None),
    ],
)
def test_names(name: str | None, content_type: str | None, expected: str | None) -> None:
    """The ending decides; a name without one takes that of its content type; what QuickBooks does not take has none."""
    assert file_name(a_paper(name, content_type)) == expected


@given(st.text(max_size=400), st.sampled_from(["", *CONTENT_TYPES, "PDF", "exe"]))
def test_any_name(name: str, ending: str) -> None:
    """A name that is given is short enough, on one line, without separators, and of a kind QuickBooks takes."""
    given_name = file_name(a_paper(f"{name}.{ending}" if ending else name))
    if given_name is None:
        return
    assert units(given_name) <= NAME_LENGTH
    assert not set(given_name) & set('\\/:*?"<>|\r\n\t\0')
    assert given_name.rpartition(".")[2].lower() in CONTENT_TYPES
    assert given_name.rpartition(".")[0]
    assert given_name == given_name.strip()


@given(st.text(min_size=1, max_size=60))
def test_the_note_says_which_file_it_is(source_id: str) -> None:
    """Whatever an id looks like, the note leads back to it."""
    assert parse_marker(note(a_paper("a.pdf", source_id=source_id), "0" * 64)) == ("paper", source_id)


@given(st.binary(max_size=2_000), st.text(max_size=50))
def test_an_upload_holds_the_bytes_as_they_are(content: bytes, note_text: str) -> None:
    """The parts are told apart by a boundary that is in neither, and the same file is the same request."""
    described = {"FileName": 'Tür "1".pdf', "ContentType": "application/pdf", "Note": note_text}
    body, content_type = encode_upload(described, content)
    boundary = content_type.partition("boundary=")[2].encode()
    assert body.count(boundary) == 3
    head, _, rest = body.partition(
        b'name="file_content_01"; filename="T_r _1_.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    assert head
    assert rest == content + b"\r\n--" + boundary + b"--\r\n"
    assert encode_upload(described, content) == (body, content_type)


def test_what_an_answer_says() -> None:
    """Attached, refused, or nothing that proves anything; addresses that open the file are not kept."""
    attached = {"Attachable": {"Id": "1", "SyncToken": "0", "TempDownloadUri": "https://secret"}}
    fault = {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": "6000"}], "type": "ValidationFault"}}

    def said(*entries: object) -> object:
        return decode_upload(Answer({"AttachableResponse": list(entries)}, b""), "1")["1"]

    assert said(attached) == Answered("Attachable", {"Id": "1", "SyncToken": "0"})
    assert isinstance(said(fault), Faulted)
    for nothing in ((), ({},), ({"Attachable": None},), (attached, attached), ("text",)):
        assert isinstance(said(*nothing), Missing)
