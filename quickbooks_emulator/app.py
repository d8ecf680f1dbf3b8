"""The Starlette application: which path goes where."""

from starlette.applications import Starlette
from starlette.routing import Route

from quickbooks_emulator import control, oauth_routes
from quickbooks_emulator.service import Service
from quickbooks_emulator.world import World


def build(world: World) -> Starlette:
    service = Service(world)
    app = Starlette(
        routes=[
            *oauth_routes.routes(world, service),
            *control.routes(world),
            Route("/v3/{rest:path}", service.answer, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ]
    )
    app.state.service = service
    return app
