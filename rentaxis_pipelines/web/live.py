"""The WebSocket behind live pages: what may be started there, and that it ends with the session.

Dagster starts whatever it is told to; only subscriptions pass. Each message, in or out, asks once more whether the person is still
signed in: a tenth of a millisecond.
"""

import json
from collections.abc import Callable

from starlette.types import Message, Receive, Send

from rentaxis_pipelines.web.documents import judge_message
from rentaxis_pipelines.web.people import RequestRefused

_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_LEFT: Message = {
    "type": "websocket.close",
    "code": _POLICY_VIOLATION,
    "reason": "You are no longer signed in.",
}


def listening(receive: Receive, send: Send, still_here: Callable[[], bool]) -> Receive:
    """``receive`` without what may not be started; that is answered here."""

    async def receiving() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if not still_here():
                await send(_LEFT)
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            refusal = judge_message(message.get("text"))
            if refusal is None:
                return message
            started, sentence = refusal
            answer = {"type": "error", "id": started, "payload": {"message": sentence}}
            await send({"type": "websocket.send", "text": json.dumps(answer)})

    return receiving


def speaking(send: Send, still_here: Callable[[], bool]) -> Send:
    """``send`` until the person is signed out; then the socket is closed and nothing more is said."""
    closed = False

    async def sending(message: Message) -> None:
        nonlocal closed
        if closed:
            return
        if message["type"] == "websocket.send" and not still_here():
            closed = True
            await send(_LEFT)
            return
        closed = message["type"] == "websocket.close"
        await send(message)

    return sending


async def refuse(refused: RequestRefused, receive: Receive, send: Send) -> None:
    """Answers the handshake with the refusal."""
    await receive()  # websocket.connect
    body = f"{refused}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
