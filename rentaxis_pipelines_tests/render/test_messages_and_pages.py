"""E-mail, web calls and HTML: hostile text begins no header, calls no channel, fetches no picture and opens no tag."""

import email
import email.policy
import html as stdlib_html
import json
import re
from html.parser import HTMLParser

from rentaxis_pipelines.notices.facts import Facts
from rentaxis_pipelines.notices.text import message
from rentaxis_pipelines.render import email as mail
from rentaxis_pipelines.render import html, webhook
from rentaxis_pipelines.render.characters import lines, one_line
from rentaxis_pipelines.settings import Notice
from rentaxis_pipelines_tests.render.hostile import for_any, texts


@for_any(texts, texts, examples=50)
def test_no_text_begins_a_header_or_a_line_of_its_own(subject: str, body: str):
    """The message as a server gets it, read back: four headers of ours, one recipient, the body's lines and no more."""
    made = mail.compose(
        "sync@example.com", ["books@example.com"], f"Run {subject}", f"- {mail.text(body)}\nend"
    )
    read = email.message_from_bytes(made.as_bytes(policy=email.policy.SMTP), policy=email.policy.default)
    assert set(map(str.lower, read)) <= {
        "subject", "from", "to", "content-type", "content-transfer-encoding", "mime-version",
    }  # fmt: skip
    assert read["To"] == "books@example.com"
    # Folding a long header, the standard library loses spaces between encoded words.
    assert "".join(read["Subject"].split()) == "".join(mail.subject(f"Run {subject}").split())
    assert read.get_content().splitlines() == [f"- {one_line(body)}", "end"]


@for_any(texts)
def test_a_notice_keeps_each_record_on_its_line(value: str):
    """Neither a name nor an error adds a paragraph of its own to mail or web call, and the day, a tag anybody can type, adds no header."""
    facts = Facts(run_id="r", company="elm", job="bulk_sync", first_day=value, last_day=value, ended="failure", nightly=False,
                  details=[value, "last"], error=value)  # fmt: skip
    said = message(facts, Notice(include_details=True))
    assert f"\n- {one_line(value)}\n- last\n" in said.body
    assert "\n" not in mail.compose("a@b.example", ["c@d.example"], said.subject, said.body)["Subject"]
    assert set(said.body) & {"\x1b", "\r", "\x00", "\u202e"} == set()


SLACK_CONTROL = re.compile(r"<[^>]*>")


@for_any(texts)
def test_a_web_call_calls_no_channel_and_holds_no_link_but_ours(value: str):
    """As Slack reads it (``<...>`` is a link or a call), and as those read it that know Markdown."""
    payload = webhook.message(f"Run\n- {value}", "https://dagster.example.com/runs/1")
    payload = json.loads(json.dumps(payload))
    assert SLACK_CONTROL.findall(payload["text"]) == ["<https://dagster.example.com/runs/1>"]
    text = payload["text"].removesuffix("\n<https://dagster.example.com/runs/1>")
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert not re.search(r"(?i)@(channel|here|everyone|all)\b|\][(\[:]", text)
    assert payload["unfurl_links"] is payload["unfurl_media"] is payload["link_names"] is False
    assert without_parting(stdlib_html.unescape(text)) == without_parting(lines(f"Run\n- {value}"))
    assert webhook.text(value) == webhook.text(one_line(value))


def without_parting(text: str) -> str:
    return text.replace(" ", "")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", {}))


@for_any(texts)
def test_html_gives_the_text_back_and_opens_no_tag(value: str):
    """Between tags, in a quoted attribute, and as the label or the address of a link."""
    page = Page()
    page.feed(f'<p title="{html.text(value)}">{html.text(value)}</p>')
    page.close()
    assert page.tags == [("p", {"title": lines(value)})]
    assert page.said == lines(value)
    for address in (value, f"javascript:{value}", f"\nhttp://{value}"):
        if not address.lower().startswith(("http://", "https://")):
            assert html.link(value, address) == html.text(value)
    page = Page()
    page.feed(html.link(value, f"https://x.example/{value}"))
    page.close()
    assert [tag for tag, _ in page.tags] == ["a"]
    assert page.said == lines(value)
