"""The Starlette application: which path goes where, and to which company."""

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_emulator import control, oauth_routes
from quickbooks_emulator.companies import Companies
from quickbooks_emulator.exchange import realm_of
from quickbooks_emulator.service import Service


def build(companies: Companies) -> Starlette:
    async def answer(request: Request) -> Response:
        world = companies.of(realm_of(request.url.path))
        return await Service(world, companies).answer(request)

    async def gone(_request: Request, _problem: Exception) -> Response:
        return Response("", 400)  # nobody is there to read it

    return Starlette(
        exception_handlers={ClientDisconnect: gone},
        routes=[
            *oauth_routes.routes(companies),
            *control.routes(companies),
            Route("/v3/{rest:path}", answer, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ],
    )
