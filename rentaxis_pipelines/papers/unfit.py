"""Why a file's bytes cannot be had, or are not to be attached: one exception, with what an accountant reads."""

from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal


class PaperRefused(Exception):
    """The file is not attached. Its text names no address: one may hold a secret."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.reason)
        self.refusal = why


def unfit(reason: str, remedy: str | None = None) -> PaperRefused:
    """The file, or the place it is said to be in, has to be another."""
    return PaperRefused(refusal(ReasonCode.PAPER_UNFIT, reason, remedy))


def unreadable(reason: str, remedy: str | None = None) -> PaperRefused:
    """The file cannot be read now; the same file may be readable later."""
    return PaperRefused(refusal(ReasonCode.PAPER_UNREADABLE, reason, remedy))
