"""What stands beside the pages: a style sheet, a script, a sign. Kept by browsers for good: addresses change."""

from typing import Literal

from fastapi import Response
from starlette.responses import FileResponse

from serving.pages.rendering import ASSETS
from serving.pages.routing import pages

router = pages()

KINDS = {"herald.css": "text/css", "herald.js": "text/javascript", "herald.svg": "image/svg+xml"}


@router.get("/inbox/assets/{name}")
def read_asset(name: Literal["herald.css", "herald.js", "herald.svg"]) -> Response:
    """One of the files; they say nothing about anybody."""
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(ASSETS / name, media_type=KINDS[name], headers=kept)
