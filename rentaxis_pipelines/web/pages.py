"""Our own few pages: a heading, a sentence, sometimes a form. No scripts, nothing from another host.

Here: the HTML. Jinja2 escapes all text. Not here: what the pages say.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse

_TEMPLATES = Environment(autoescape=True)
_PAGE = _TEMPLATES.from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
{% if goes_to %}<meta http-equiv="refresh" content="0;url={{ goes_to }}">{% endif %}
<title>{{ title }}</title><style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; color: #222 }
label { display: block; margin: 1rem 0 .25rem } input { font: inherit; width: 100%; padding: .4rem; box-sizing: border-box }
button { font: inherit; margin-top: 1.25rem; padding: .4rem 1.2rem } .wrong { color: #a00 }
</style></head><body><h1>{{ title }}</h1>
{% if sentence %}<p{% if wrong %} class="wrong" role="alert"{% endif %}>{{ sentence }}</p>{% endif %}
{% if form == "password" %}<form method="post" action="/sign-in">
<label for="user">Name</label><input id="user" name="user" autocomplete="username" required autofocus value="{{ user }}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<input type="hidden" name="form_token" value="{{ form_token }}"><input type="hidden" name="next" value="{{ next }}">
<button>Sign in</button></form>
{% elif form == "sign-out" %}<form method="post" action="/sign-out">
<input type="hidden" name="form_token" value="{{ form_token }}"><button>Sign out</button></form>{% endif %}
{% if link %}<p><a href="{{ link }}">{{ link_text }}</a></p>{% endif %}
</body></html>""")


def page(
    title: str,
    sentence: str = "",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page. ``goes_to`` automatically opens another one: the browser navigates from our own page, so it sends our cookies."""
    text = _PAGE.render(title=title, sentence=sentence, wrong=status >= 400, **values)
    return HTMLResponse(text, status, {"cache-control": "no-store", **(headers or {})})


def local_path(text: str | None) -> str:
    """The path to continue to if it is one of ours, otherwise the start page."""
    if text is None or not text.startswith("/") or text.startswith("//"):
        return "/"
    return text if text.isprintable() and "\\" not in text else "/"
