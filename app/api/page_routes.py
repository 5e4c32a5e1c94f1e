"""The pages that a person opens: / and /docs, with their scripts. Nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

WEB_FOLDER = Path(__file__).parent.parent / "web"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# path -> (file, media type); there is no other way to a file, so no path can lead out of the folder
_PAGES = {
    "/": ("index.html", "text/html"),
    "/docs": ("docs.html", "text/html"),
    "/web/page.css": ("page.css", "text/css"),
    "/web/key.js": ("key.js", "text/javascript"),
    "/web/page.js": ("page.js", "text/javascript"),
    "/web/docs.js": ("docs.js", "text/javascript"),
}
# Open to everybody: the page must load before it can ask for a key, and holds nothing of anybody's.
PAGE_PATHS = frozenset(_PAGES)


def build_page_router() -> APIRouter:
    """Return the pages' routes; the files are read once, here."""
    router = APIRouter(include_in_schema=False)
    for path, (name, media_type) in _PAGES.items():
        _add_page(router, path, content=(WEB_FOLDER / name).read_bytes(), media_type=media_type)
    return router


def _add_page(router: APIRouter, path: str, *, content: bytes, media_type: str) -> None:
    async def page() -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)

    router.add_api_route(path, page, methods=["GET"], name=path)
