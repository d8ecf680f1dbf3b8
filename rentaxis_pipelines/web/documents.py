"""What a GraphQL request asks for. Pure: text in, verdict out; anything that cannot be parsed is refused.

dagster-webserver accepts requests more freely than is safe: it runs mutations sent by GET, and takes any POST's query from the
URL. Here only one form of request is accepted.
"""

import functools
import json
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import QueryParams

from rentaxis_pipelines.web.people import RequestRefused

_TOKENS = 50_000  # Dagster's own longest queries have some 3,000
_KEPT_LENGTH = 20_000  # characters; longer documents are parsed each time
_TWICE = "In GraphQL over GET, each parameter may be given only once."


def judge_address(query_string: bytes) -> None:
    """GraphQL over GET: only queries. Raises RequestRefused."""
    parameters = QueryParams(query_string)
    if any(len(parameters.getlist(name)) > 1 for name in ("query", "variables", "operationName")):
        raise RequestRefused(400, _TWICE)
    if "query" in parameters and operations(parameters["query"]) != {"query"}:
        raise RequestRefused(405, "GET may only read. Send changes by POST, as application/json.")


def judge_body(body: bytes) -> bool:
    """GraphQL over POST: whether it changes anything. Raises RequestRefused.

    Parsed with ``json.loads`` like Dagster, so that both see the same value for a duplicate key.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request is not JSON.") from None
    if not isinstance(request, dict):
        raise RequestRefused(400, "A request must contain exactly one GraphQL operation.")
    return judge_operation(request)


def judge_operation(request: dict[str, Any]) -> bool:
    """Whether the operation changes anything. Raises RequestRefused if it is not text, not GraphQL, or a subscription."""
    kinds = operations(request.get("query"))
    if "subscription" in kinds:
        raise RequestRefused(400, "Subscriptions must use the WebSocket.")
    return "mutation" in kinds


def judge_message(text: Any) -> tuple[Any, str] | None:
    """A message of a live page: None if it may pass, otherwise the id for the response and the reason.

    Only subscriptions may start there; both protocols of GraphQL over WebSocket are supported.
    """
    try:
        message = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None, "The message is not JSON."
    if not isinstance(message, dict):
        return None, "The message is not a JSON object."
    if message.get("type") not in ("start", "subscribe"):
        return None
    payload = message.get("payload")
    try:
        if not isinstance(payload, dict) or operations(payload.get("query")) != {"subscription"}:
            return message.get("id"), "Only subscriptions may use the WebSocket. Nothing was done."
    except RequestRefused as refused:
        return message.get("id"), str(refused)
    return None


def operations(document: Any) -> frozenset[str]:
    """The kinds of operations in the document: query, mutation, subscription. All of them count, not only the one
    selected to run. Raises RequestRefused if there is none.
    """
    if not isinstance(document, str):
        raise RequestRefused(400, "The request contains no GraphQL query.")
    return _kept_operations(document) if len(document) <= _KEPT_LENGTH else _operations(document)


def _operations(document: str) -> frozenset[str]:
    try:
        parsed = parse(document, no_location=True, max_tokens=_TOKENS)
    except (GraphQLError, RecursionError):
        raise RequestRefused(400, "The GraphQL query cannot be parsed.") from None
    kinds = frozenset(
        OperationType(definition.operation).value
        for definition in parsed.definitions
        if isinstance(definition, OperationDefinitionNode)
    )
    if not kinds:
        raise RequestRefused(400, "The GraphQL query contains no operation.")
    return kinds


# A page sends the same few queries every two seconds; a verdict is cached, a refusal is not.
_kept_operations = functools.lru_cache(maxsize=256)(_operations)
