"""A call to a secret address after each good night: whoever waits for it there notices when none comes.

That finds what no notice can tell: a machine that is off, a queue that stands still. Failures are returned, never raised.
Not here: which night is good (``reports.nights``), when it is called (``orchestration.heartbeat``).
"""

from collections.abc import Callable

import tenacity
from pydantic import SecretStr

from rentaxis_pipelines.notices.send import NotSent, get, with_retries


def call(url: SecretStr, sleep: Callable[[float], None] = tenacity.nap.sleep) -> str | None:
    """Call the address, a few times if need be; a sentence where it failed, without the address."""
    try:
        with_retries(lambda: get(url, "The heartbeat address", "HEARTBEAT_URL"), sleep)
    except NotSent as error:
        return str(error)
    return None
