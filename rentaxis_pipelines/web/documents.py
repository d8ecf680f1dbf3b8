"""What a GraphQL request asks for. Pure: text in, a judgement out; what cannot be understood is refused.

dagster-webserver reads a request more freely than is safe: it carries out mutations sent by GET, and takes any POST's query from the
address. Here only one way of asking is left.
"""

import functools
import json
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import QueryParams

from rentaxis_pipelines.web.people import RequestRefused

_TOKENS = 50_000  # Dagster's own longest queries have some 3,000
_KEPT_LENGTH = 20_000  # characters; longer documents are judged each time
_TWICE = "GraphQL over GET takes each parameter once."


def judge_address(query_string: bytes) -> None:
    """GraphQL over GET: only reading. Raises RequestRefused."""
    given = QueryParams(query_string)
    if any(len(given.getlist(name)) > 1 for name in ("query", "variables", "operationName")):
        raise RequestRefused(400, _TWICE)
    if "query" in given and operations(given["query"]) != {"query"}:
        raise RequestRefused(405, "GET may only read. Changes are sent by POST, as application/json.")


def judge_body(body: bytes) -> bool:
    """GraphQL over POST: whether it changes anything. Raises RequestRefused.

    Read with ``json.loads`` as Dagster reads it, so that both see the same of two equal keys.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request is not JSON.") from None
    if not isinstance(asked, dict):
        raise RequestRefused(400, "One request holds one GraphQL operation.")
    return judge_operation(asked)


def judge_operation(asked: dict[str, Any]) -> bool:
    """Whether the operation changes anything. Raises RequestRefused for one that is no text, no GraphQL, or a subscription."""
    kinds = operations(asked.get("query"))
    if "subscription" in kinds:
        raise RequestRefused(400, "Subscriptions go over the WebSocket.")
    return "mutation" in kinds


def judge_message(text: Any) -> tuple[Any, str] | None:
    """A message of a live page: None if it may pass, else the id it is answered under and the sentence.

    Only subscriptions start there; both protocols of GraphQL over WebSocket are understood.
    """
    try:
        message = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None, "The message is not JSON."
    if not isinstance(message, dict):
        return None, "The message is no JSON object."
    if message.get("type") not in ("start", "subscribe"):
        return None
    payload = message.get("payload")
    try:
        if not isinstance(payload, dict) or operations(payload.get("query")) != {"subscription"}:
            return message.get("id"), "Only subscriptions go over the WebSocket. Nothing was done."
    except RequestRefused as refused:
        return message.get("id"), str(refused)
    return None


def operations(document: Any) -> frozenset[str]:
    """The kinds of operations in the document: query, mutation, subscription. Whichever is named to be carried out counts no more
    than the others. Raises RequestRefused where there is none.
    """
    if not isinstance(document, str):
        raise RequestRefused(400, "The request holds no GraphQL query.")
    return _kept_operations(document) if len(document) <= _KEPT_LENGTH else _operations(document)


def _operations(document: str) -> frozenset[str]:
    try:
        parsed = parse(document, no_location=True, max_tokens=_TOKENS)
    except (GraphQLError, RecursionError):
        raise RequestRefused(400, "The GraphQL query cannot be read.") from None
    kinds = frozenset(
        OperationType(one.operation).value
        for one in parsed.definitions
        if isinstance(one, OperationDefinitionNode)
    )
    if not kinds:
        raise RequestRefused(400, "The GraphQL query holds no operation.")
    return kinds


# A page asks the same few questions every two seconds; a judgement is kept, a refusal is not.
_kept_operations = functools.lru_cache(maxsize=256)(_operations)
