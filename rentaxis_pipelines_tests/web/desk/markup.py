"""A page of the desk taken apart by Python's own HTML parser: what it says, and every element that could do more than say something.

Pure. Not here: which pages there are.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

# What the desk's templates are made of. Anything else came out of a text.
_NAMES = """
html head meta link title script body header nav main footer section article aside div span p h1 h2 h3 h4 a ul ol li dl dt dd
table caption colgroup col thead tbody tfoot tr th td form fieldset legend label input select option optgroup textarea button
strong small code time details summary br hr progress meter abbr datalist output figure figcaption svg g path rect line
circle text polyline desc noscript del
"""
_OURS = frozenset(_NAMES.split())
_ADDRESSES = frozenset(
    ["href", "src", "action", "formaction", "poster", "data", "srcset", "ping", "xlink:href"]
)


@dataclass
class Page:
    """``text``: what is read, with what stands in fields. ``strange``: what a text must not have been able to bring."""

    text: str = ""
    strange: list[str] = field(default_factory=list)
    headings: int = 0
    forms: list[tuple[str, str, list[str]]] = field(
        default_factory=list
    )  # method, action, names of its fields
    links: list[str] = field(default_factory=list)

    @property
    def squashed(self) -> str:
        """What is read, without blanks and line ends, which a page shows as it likes."""
        return "".join(self.text.split())


def page_of(html: str, hosts: Collection[str] = ()) -> Page:
    """The page's parts. ``hosts``: the only ones of others that a link may lead to."""
    parser = _Parser(hosts)
    parser.feed(html)
    parser.close()
    return parser.page


class _Parser(HTMLParser):
    def __init__(self, hosts: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self._hosts = Page(), hosts

    def handle_data(self, data: str) -> None:
        self.page.text += data

    def handle_comment(self, data: str) -> None:
        self.page.strange.append(f"a comment: {data[:200]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page, values = self.page, {name: value or "" for name, value in attrs}
        shown = (self.get_starttag_text() or "")[:200]
        comes_again = values.get("http-equiv") == "refresh" and values.get("content", "").isdigit()
        if tag not in _OURS or (tag == "meta" and "http-equiv" in values and not comes_again):
            page.strange.append(f"an element: {shown}")
        for name, value in values.items():
            if name.startswith("on") or name in ("style", "srcdoc", "autofocus" if tag == "a" else "srcdoc"):
                page.strange.append(f"{name}: {shown}")
            if name in _ADDRESSES and not self._leads_within(value):
                page.strange.append(f"leads away: {shown}")
        if len(values) < len(attrs):
            page.strange.append(f"an attribute twice: {shown}")
        self._note(tag, values)

    def _note(self, tag: str, values: dict[str, str]) -> None:
        page = self.page
        page.text += " " + " ".join(
            values.get(name, "") for name in ("value", "title", "aria-label", "placeholder")
        )
        page.headings += tag == "h1"
        if tag == "form":
            page.forms.append((values.get("method", "get").lower(), values.get("action", ""), []))
        if "name" in values and page.forms:
            page.forms[-1][2].append(values["name"])
        if tag == "a" and "href" in values:
            page.links.append(values["href"])

    def _leads_within(self, address: str) -> bool:
        parts = urlsplit(address.strip())
        if parts.scheme or parts.netloc:
            return parts.scheme in ("http", "https") and parts.netloc in self._hosts
        return not parts.path.startswith("/graphql")
