"""HTTP requests that carry a secret: they go to the intended address and nowhere else.

Here: what a ``requests`` session must not do automatically. Not here: which addresses are allowed (``settings.addresses``),
or what is sent.
"""

import requests


def keep_to(session: requests.Session, url: str) -> None:
    """Make ``session`` safe for sending a secret to ``url``. The caller must send with ``allow_redirects=False``.

    Proxies and certificates are read from the environment here, once. After that the environment is ignored: a ~/.netrc would
    replace our token with another user's password (requests reads it whenever a request has no credentials of its own).
    ``http://`` is for this machine only, so it never goes through a proxy, which would see the secret.
    """
    environment = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies = {} if url.lower().startswith("http://") else environment["proxies"]
    session.verify, session.cert = environment["verify"], environment["cert"]
    session.trust_env = False


def is_redirect(http_status: int) -> bool:
    """Whether the response is a redirect. Redirects are never followed: the other address would receive the secret."""
    return 300 <= http_status < 400
