"""HTTP with a secret in hand: the request goes to the address that was meant, and nowhere else.

Here: what a ``requests`` session must not do by itself. Not here: which addresses may be used at all (``settings.addresses``),
nor what is sent.
"""

import requests


def keep_to(session: requests.Session, url: str) -> None:
    """Makes ``session`` fit to carry a secret to ``url``. A redirect is the caller's: ask with ``allow_redirects=False``.

    Proxies and certificates of the environment are looked up here, once. After that the environment is ignored: a ~/.netrc would
    put another user's password in place of our token (requests reads it whenever a request has no credentials of its own).
    ``http://`` is for this machine only, so it never goes through a proxy, which would see the secret.
    """
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies = {} if url.lower().startswith("http://") else found["proxies"]
    session.verify, session.cert = found["verify"], found["cert"]
    session.trust_env = False


def is_redirect(http_status: int) -> bool:
    """Whether the answer sends us elsewhere. That is never followed: the other place would be handed the secret."""
    return 300 <= http_status < 400
