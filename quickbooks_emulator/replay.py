"""The memory of request IDs: a repeated write gets the first response again, as the switches say."""

import hashlib

import msgspec

from quickbooks_emulator import errors
from quickbooks_emulator.switches import Switches

LONGEST_REQUESTID = 50
LONGEST_BATCH_REQUESTID = 36


class Remembered(msgspec.Struct):
    status: int
    answer: bytes
    at: float  # epoch
    digest: str  # of the request's body


class Replay:
    def __init__(self) -> None:
        self.memory: dict[str, Remembered] = {}
        self.fresh: list[str] = []  # not yet in the state file

    def recall(
        self, switches: Switches, key: str | None, body: bytes, *, now: float, listed: bool
    ) -> Remembered | None:
        """The response to repeat, or None to execute the request. Raises Refusal 600 if switched that way."""
        if not key or not _applies(switches, listed):
            return None
        remembered = self.memory.get(key)
        if remembered is None or (
            switches.requestid == "timed" and now - remembered.at > switches.requestid_minutes * 60
        ):
            return None
        if remembered.digest != digest(body) and switches.requestid_other_body == "error_600":
            raise errors.refuse("600", "Duplicate Request ID", f"Duplicate Request ID : {key}", "requestid")
        return remembered

    def remember(
        self,
        switches: Switches,
        key: str | None,
        body: bytes,
        *,
        now: float,
        listed: bool,
        status: int,
        answer: bytes,
    ) -> bool:
        """Remember a first response. Returns whether it was remembered."""
        if (
            not key
            or not _applies(switches, listed)
            or (status != 200 and switches.requestid_failures == "rerun")
        ):
            return False
        self.memory[key] = Remembered(status, answer, now, digest(body))
        self.fresh.append(key)
        return True

    def dumped(self, key: str) -> list[object]:
        kept = self.memory[key]
        return [kept.status, kept.answer.decode(), kept.at, kept.digest]


def _applies(switches: Switches, listed: bool) -> bool:
    return switches.requestid != "ignored" and not (listed and not switches.requestid_name_lists)


def digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def check_length(requestid: str | None, in_batch: bool) -> None:
    longest = LONGEST_BATCH_REQUESTID if in_batch else LONGEST_REQUESTID
    if requestid and len(requestid) > longest:
        detail = f"Invalid Request Id Format : at most {longest} characters"
        raise errors.refuse("2130", "Invalid Request Id Format", detail, "requestid")
