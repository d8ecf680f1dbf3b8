"""What happened: every call with its bytes and changes, for tests to read, and running totals."""

from collections import deque
from typing import Any

import msgspec


class Call(msgspec.Struct, kw_only=True):
    """One call. `kind` is read, write, batch or auth; `changed` holds [entity, Id] pairs."""

    number: int
    at: str
    kind: str
    method: str
    path: str
    query: dict[str, str]
    entity: str | None
    operation: str | None
    status: int | None  # None: the connection was cut
    code: str | None
    request_id: str | None
    replayed: bool
    fault: str | None  # what a rule on demand did to it
    request_bytes: int
    answer_bytes: int
    request_body: str | None
    answer_body: str | None
    changed: list[tuple[str, str]]
    milliseconds: float


_MOST_BODY_BYTES = 64 * 2**20  # beyond this the oldest calls lose their bodies


class Log:
    def __init__(self) -> None:
        self.calls: deque[Call] = deque()
        self._with_body: deque[Call] = deque()
        self._body_bytes = 0
        self.totals = {"requests": 0, "reads": 0, "writes": 0, "batches": 0, "auth": 0}
        self._names = {"read": "reads", "write": "writes", "batch": "batches", "auth": "auth"}

    def add(self, call: Call, keep: int) -> None:
        self.calls.append(call)
        if call.request_body is not None:
            self._with_body.append(call)
            self._body_bytes += call.request_bytes + call.answer_bytes
            while self._body_bytes > _MOST_BODY_BYTES:
                oldest = self._with_body.popleft()
                self._body_bytes -= oldest.request_bytes + oldest.answer_bytes
                oldest.request_body = oldest.answer_body = None
        while len(self.calls) > keep:
            self.calls.popleft()
        self.totals[self._names[call.kind]] += 1
        if call.kind != "auth":
            self.totals["requests"] += 1

    @property
    def last(self) -> int:
        return self.calls[-1].number if self.calls else 0

    def since(self, number: int) -> list[Any]:
        return [msgspec.to_builtins(call) for call in self.calls if call.number > number]
