"""The Starlette application: which path goes where."""

from starlette.applications import Starlette
from starlette.routing import Route

from rentaxis_pipelines.emulator import control, oauth_routes
from rentaxis_pipelines.emulator.service import Service
from rentaxis_pipelines.emulator.world import World


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
