"""HTML: text between tags and in quoted attributes. For pages made without a template; a template escapes by itself (Jinja2)."""

import html
from urllib.parse import urlsplit

from rentaxis_pipelines.render.characters import lines


def text(value: object) -> str:
    """Any value as text between tags or within a quoted attribute."""
    return html.escape(lines(value), quote=True)


def link(label: object, url: str) -> str:
    """A link that tells the other side nothing; the label alone where the address is none of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return text(label)
    # The text itself must begin so: urlsplit drops what a browser would drop before it.
    if not url.lower().startswith(("http://", "https://")) or not parts.netloc:
        return text(label)
    return f'<a href="{text(url)}" rel="noopener noreferrer">{text(label)}</a>'
