"""HTML: text between tags and in quoted attributes. For pages made without a template; Jinja2 templates escape automatically."""

import html
from urllib.parse import urlsplit

from rentaxis_pipelines.render.characters import lines


def text(value: object) -> str:
    """Any value as text between tags or within a quoted attribute."""
    return html.escape(lines(value), quote=True)


def link(label: object, url: str) -> str:
    """A link that sends the other site no referrer; only the label if the address is not http or https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return text(label)
    # Check the raw text too: urlsplit drops the same leading characters a browser drops.
    if not url.lower().startswith(("http://", "https://")) or not parts.netloc:
        return text(label)
    return f'<a href="{text(url)}" rel="noopener noreferrer">{text(label)}</a>'
