"""The WebSocket behind live pages: what may be started there, and that it closes with the session.

Dagster would start anything; here only subscriptions pass. Each message, in or out, checks again that the person is still
signed in, which takes a tenth of a millisecond.
"""

import json
from collections.abc import Callable

from starlette.types import Message, Receive, Send

from rentaxis_pipelines.web.documents import judge_message
from rentaxis_pipelines.web.people import RequestRefused

_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_SIGNED_OUT: Message = {
    "type": "websocket.close",
    "code": _POLICY_VIOLATION,
    "reason": "You are no longer signed in.",
}


def listening(receive: Receive, send: Send, still_here: Callable[[], bool]) -> Receive:
    """``receive`` without messages that may not be started; those are answered here."""

    async def receiving() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if not still_here():
                await send(_SIGNED_OUT)
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            refusal = judge_message(message.get("text"))
            if refusal is None:
                return message
            message_id, sentence = refusal
            answer = {"type": "error", "id": message_id, "payload": {"message": sentence}}
            await send({"type": "websocket.send", "text": json.dumps(answer)})

    return receiving


def speaking(send: Send, still_here: Callable[[], bool]) -> Send:
    """``send`` until the person is signed out; then the socket is closed and nothing more is sent."""
    closed = False

    async def sending(message: Message) -> None:
        nonlocal closed
        if closed:
            return
        if message["type"] == "websocket.send" and not still_here():
            closed = True
            await send(_SIGNED_OUT)
            return
        closed = message["type"] == "websocket.close"
        await send(message)

    return sending


async def refuse(refused: RequestRefused, receive: Receive, send: Send) -> None:
    """Respond to the handshake with the refusal."""
    await receive()  # websocket.connect
    body = f"{refused}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
