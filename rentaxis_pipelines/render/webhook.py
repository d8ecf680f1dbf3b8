"""Chat messages sent by webhook: Slack's own markup, and the Markdown that others (Mattermost, Teams) read from the same field.

Slack escapes only ``& < >``, the characters that make its links and channel mentions (docs.slack.dev, "Escaping text").
For the others, a space breaks up whatever would make an image, a link or a mention.
"""

import re
from typing import Any, Final

from rentaxis_pipelines.render.characters import lines, one_line

_ESCAPED: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_MENTIONS: Final = re.compile(r"@(?=(?:all|channel|here|everyone)\b)", re.IGNORECASE)
_LINKS: Final = re.compile(r"\](?=[(:\[])")


def text(value: object) -> str:
    """Any value as part of one line of the message."""
    return _harmless(one_line(value))


def message(value: str, link: str | None = None) -> dict[str, Any]:
    """The fields of a message: its lines, then one of our own links. No link previews are fetched."""
    shown = _harmless(lines(value))
    if link:
        shown += f"\n<{one_line(link).translate(_ESCAPED)}>"
    return {"text": shown, "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


def _harmless(shown: str) -> str:
    return _LINKS.sub("] ", _MENTIONS.sub("@ ", shown)).translate(_ESCAPED)
