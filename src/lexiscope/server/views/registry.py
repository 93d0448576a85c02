"""The views, in the order of the page's bar: their routes, and what the single file asks of them.

A view to come is one more folder and one more entry, here and in `web/src/views/registry.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from lexiscope.server.views.blueprint import routes as blueprint
from lexiscope.server.views.code import routes as code
from lexiscope.server.views.compare import routes as compare
from lexiscope.server.views.contextual import routes as contextual
from lexiscope.server.views.explore import routes as explore
from lexiscope.server.views.journey import routes as journey
from lexiscope.server.views.map import routes as map_
from lexiscope.server.views.quiz import routes as quiz
from lexiscope.server.views.senses import routes as senses
from lexiscope.server.views.walkthrough import routes as walkthrough
from lexiscope.server.views.weights import routes as weights


@dataclass(frozen=True)
class View:
    """A view of the page, as the server knows it.

    Attributes:
        id: The name of its folder on both sides, and its address in the page (`#/id`).
        router: Its routes.
        single_file: Addresses whose answers stand in the single file, as they are asked for.
    """

    id: str
    router: APIRouter
    single_file: tuple[str, ...] = ()


VIEWS = (
    View(
        "blueprint",
        blueprint.router,
        ("/api/subject", "/api/vocabulary", "/api/census", "/api/model", "/api/corpus"),
    ),
    View("walkthrough", walkthrough.router, ("/api/examples",)),
    View(
        "journey",
        journey.router,
        (
            "/api/journey/loss",
            "/api/journey/words",
            "/api/journey/analogies",
            "/api/journey/convergence",
            "/api/journey/matrices",
            "/api/journey/trajectories",
            "/api/journey/trajectories?pca=final_pca",
            "/api/journey/trajectories?pca=global_pca",
        ),
    ),
    View(
        "weights",
        weights.router,
        ("/api/weights", "/api/weights/similarity", "/api/weights/two-vectors"),
    ),
    View("code", code.router, ("/api/program", "/api/program/files")),
    View("explore", explore.router, ("/api/explore/norms",)),
    View("map", map_.router),
    View("compare", compare.router),
    View("quiz", quiz.router),
    View("contextual", contextual.router),
    View("senses", senses.router),
)
