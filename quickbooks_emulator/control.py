"""The control plane under /_emulator/: what tests and demos read and change besides the API. JSON in, JSON out.

Every endpoint except `companies` is about one company: the first one, or the `realm` in the query string.
"""

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_emulator import hand
from quickbooks_emulator.companies import Companies, Wanted
from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.faults import Rule
from quickbooks_emulator.given_json import read_json
from quickbooks_emulator.seeds import SEEDS
from quickbooks_emulator.switches import listing
from quickbooks_emulator.whole import Seed, check_whole
from quickbooks_emulator.world import World, encoder

Handler = Callable[[World, Any, dict[str, str]], Any]  # (world, body, query parameters)
Endpoint = Callable[[Request], Awaitable[Response]]
_ROOT = "/_emulator/"
# What a deed or a handler stumbles over if what it was given has another shape than it takes.
_WRONGLY_ASKED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, msgspec.MsgspecError)


def routes(companies: Companies) -> list[Route]:
    return [
        Route(f"{_ROOT}companies", _of_companies(companies), methods=["GET", "POST", "DELETE"]),
        *(
            Route(f"{_ROOT}{name}", _of_one(companies, handler), methods=["GET", "POST"])
            for name, handler in _BY_NAME.items()
        ),
    ]


def _of_companies(companies: Companies) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        return _answered(lambda: _companies(companies, request.method, raw, dict(request.query_params)))

    return endpoint


def _of_one(companies: Companies, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw, params = await request.body(), dict(request.query_params)
        world = companies.worlds.get(params.get("realm", companies.first.realm))
        if world is None:
            return _json({"error": f"there is no company {params['realm']}"}, 404)
        answer = _answered(lambda: handler(world, _body_of(raw, handler is _faults), params))
        companies.after_change(world, world.company.store.take_changes())
        return answer

    return endpoint


def _answered(handle: Callable[[], Any]) -> Response:
    try:
        return _json(handle(), 200)
    except Refusal as refusal:
        return _json({"Fault": refusal.fault()}, 400)
    except _WRONGLY_ASKED as problem:
        return _json({"error": f"{type(problem).__name__}: {problem}"}, 400)


def _json(content: Any, status: int) -> Response:
    return Response(encoder.encode(content), status, {"content-type": "application/json"})


def _body_of(raw: bytes, many: bool = False) -> Any:
    """Raises ValueError unless it is an object (`many`: or a list)."""
    body = read_json(raw) if raw else {}
    if not isinstance(body, dict) and not (many and isinstance(body, list)):
        raise ValueError("send a JSON object")
    return body


def _companies(companies: Companies, method: str, raw: bytes, params: dict[str, str]) -> Any:
    """GET lists the companies; POST {"realm", "seed", "switches"} creates one; POST {"sign_in": realm} makes the
    sign-in page agree to that one without asking (null: it asks again); DELETE ?realm=... removes one with all its data
    """
    if method == "DELETE":
        companies.remove(params["realm"])
    elif method == "POST" and raw:
        body = _body_of(raw)
        if set(body) == {"sign_in"}:
            companies.sign_in(body["sign_in"])
        else:
            world = companies.make(msgspec.convert(body, Wanted))
            companies.after_change(world, world.company.store.take_changes())
    return [
        {
            "realm": world.realm,
            "seed": world.seed,
            "first": world is companies.first,
            "signs_in": world.realm == companies.signing_in,
            "access_token": world.tokens.well_known.access,
            "refresh_token": world.tokens.well_known.refresh,
        }
        for world in companies.worlds.values()
    ]


def _doc(what: Any) -> str:
    return " ".join((what.__doc__ or "").split())


def _log(world: World, _body: Any, params: dict[str, str]) -> Any:
    """?since=N: every call after number N, with its bytes and what it changed."""
    return world.log.since(int(params.get("since", 0)))


def _counts(world: World, _body: Any, _params: dict[str, str]) -> Any:
    """The number of live objects of each entity and the sum of their TotalAmt, and the number of calls."""
    return world.counts()


def _summary(world: World, _body: Any, _params: dict[str, str]) -> dict[str, Any]:
    """This page."""
    return {
        "seed": world.seed,
        "realm": world.company.profile.realm,
        "clock": {"now": world.clock.now().isoformat(), "frozen": world.clock.frozen is not None},
        "counts": world.counts(),
        "metered_reads": world.limits.meter,
        "log": {"last": world.log.last, "kept": len(world.log.calls)},
        "faults": world.faults.state(),
        "snapshots": sorted(world.snapshots),
        "deeds": {name: _doc(deed) for name, deed in hand.DEEDS.items()},
        "seeds": SEEDS,
        "endpoints": {f"{_ROOT}{name}": _doc(each) for name, each in DESCRIBED.items()},
        "switches": listing(world.switches),
    }


def _objects(world: World, _body: Any, params: dict[str, str]) -> Any:
    """?entity=Invoice[&id=1]: objects as stored, including those hidden from the API."""
    rows = world.company.store.tables[params["entity"]].rows
    return rows[params["id"]] if "id" in params else list(rows.values())


def _file(world: World, _body: Any, params: dict[str, str]) -> Any:
    """?id=5000000000000503624: the content of an attachment, as base64."""
    return {"content": base64.b64encode(world.company.files[params["id"]]).decode()}


def _reset(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{} or {"seed": name}; with {"switches": true} the switches are also reset to their values at the start."""
    if body.get("switches"):
        world.switches = world.switches_at_start
    world.reset(body.get("seed"))
    return world.counts()


def _seed(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"objects": {"Customer": [...]}, "counters": {...}}: complete objects, as a read returns them, added to the
    existing ones exactly as given; all of them or none.
    """
    company = world.company
    given = msgspec.convert(body, Seed)
    for entity, records in given.objects.items():
        for record in records:
            check_whole(entity, record)
    for entity, records in given.objects.items():
        for record in records:
            company.store.put(entity, record)
    company.counters.update(given.counters)
    company.rebuild()
    world.generation += 1
    return world.counts()


def _switches(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{name: value, ...} changes the named switches; {} only lists them."""
    if body:
        world.switch(body)
    return {each["name"]: each["value"] for each in listing(world.switches)}


def _faults(world: World, body: Any, _params: dict[str, str]) -> Any:
    """A rule or a list of rules is added; {"clear": true} removes all; {} only lists them."""
    if isinstance(body, dict) and body.pop("clear", False):
        world.faults.replace([])
    if body:
        rules = body if isinstance(body, list) else [body]
        world.faults.add([msgspec.convert(rule, Rule, strict=False) for rule in rules])
    return world.faults.state()


def _clock(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"now": ISO timestamp, "frozen": bool} sets the clock, {"advance": seconds} moves it forward, {"real": true}
    returns to real time.
    """
    if body.get("real"):
        world.clock.offset, world.clock.frozen = 0.0, None
    if "now" in body:
        moment = datetime.fromisoformat(body["now"])
        world.clock.set(
            moment if moment.tzinfo else moment.replace(tzinfo=UTC), bool(body.get("frozen", False))
        )
    elif "frozen" in body:
        world.clock.set(world.clock.now(), bool(body["frozen"]))
    if "advance" in body:
        world.clock.advance(float(body["advance"]))
    return {"now": world.clock.now().isoformat(), "frozen": world.clock.frozen is not None}


def _snapshot(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"name": text}"""
    world.snapshot(body.get("name", "default"))
    return {"snapshots": sorted(world.snapshots)}


def _restore(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"name": text}"""
    world.restore(body.get("name", "default"))
    return world.counts()


def _hand(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"deed": name, ...}: see /_emulator/ for the actions and what each one takes."""
    deed = hand.DEEDS[body["deed"]]
    return deed(world.company, {key: value for key, value in body.items() if key != "deed"})


def _tokens(world: World, body: dict[str, Any], _params: dict[str, str]) -> Any:
    """{"expire": true} expires every access token; {"revoke": true} also revokes every refresh token; {"renew": true}
    extends the well-known access token by another hour.
    """
    if body.get("renew"):
        world.tokens.renew_well_known()
    if body.get("expire") or body.get("revoke"):
        world.tokens.expire_access()
    if body.get("revoke"):
        world.tokens.refresh.clear()
    return {"access": len(world.tokens.access), "refresh": len(world.tokens.refresh)}


_BY_NAME: dict[str, Handler] = {
    "": _summary,
    "log": _log,
    "counts": _counts,
    "objects": _objects,
    "file": _file,
    "reset": _reset,
    "seed": _seed,
    "switches": _switches,
    "faults": _faults,
    "clock": _clock,
    "snapshot": _snapshot,
    "restore": _restore,
    "hand": _hand,
    "tokens": _tokens,
}
DESCRIBED: dict[str, Callable[..., Any]] = {**_BY_NAME, "companies": _companies}
