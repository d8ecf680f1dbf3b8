"""Text for a chat by web call: Slack's own marks, and the Markdown that others (Mattermost, Teams) read out of the same field.

Slack knows no escape but that of ``& < >``; those alone make its links and its calls to a whole channel
(docs.slack.dev, "Escaping text"). For the others what makes a picture, a link or a call is parted by a space.
"""

import re
from typing import Any, Final

from rentaxis_pipelines.render.characters import lines, one_line

_ESCAPED: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_CALLS: Final = re.compile(r"@(?=(?:all|channel|here|everyone)\b)", re.IGNORECASE)
_LINKS: Final = re.compile(r"\](?=[(:\[])")


def text(value: object) -> str:
    """Any value as text of one line of the message."""
    return _harmless(one_line(value))


def message(value: str, link: str | None = None) -> dict[str, Any]:
    """The fields of a message: its lines, then a link of ours. No preview of any address in it is fetched."""
    shown = _harmless(lines(value))
    if link:
        shown += f"\n<{one_line(link).translate(_ESCAPED)}>"
    return {"text": shown, "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


def _harmless(shown: str) -> str:
    return _LINKS.sub("] ", _CALLS.sub("@ ", shown)).translate(_ESCAPED)
