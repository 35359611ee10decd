"""The stylesheet and the scripts, which browsers keep: their address changes when they do."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

FILES = {
    each.name: each.read_bytes()
    for each in files("monitor.web").joinpath("static").iterdir()
    if each.name.rpartition(".")[2] in TYPES
}


def asset(name: str) -> str:
    """Where a file of the folder `static` is served."""
    return f"/static/{sha256(FILES[name]).hexdigest()[:12]}/{name}"


def assets() -> APIRouter:
    router = APIRouter()

    @router.get("/static/{version}/{name}", include_in_schema=False)
    def static(version: str, name: str) -> Response:
        if name not in FILES or asset(name) != f"/static/{version}/{name}":
            return Response(status_code=404)
        return Response(FILES[name], media_type=TYPES[name.rpartition(".")[2]], headers=FOREVER)

    return router
