"""The pages that a person opens: / and /docs, with their scripts. Nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

WEB_FOLDER = Path(__file__).parent.parent / "web"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        # Text can't become markup or code: assigning to innerHTML and its like throws.
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DOCUMENTS = {"/": WEB_FOLDER / "index.html", "/docs": WEB_FOLDER / "docs.html"}
_PARTS = {f"/web/{file.name}": file for file in sorted(WEB_FOLDER.iterdir()) if file.suffix in {".css", ".js", ".svg"}}
# path -> file; there is no other way to a file, so no path can lead out of the folder
_PAGES = _DOCUMENTS | _PARTS
# Open to everybody: the page must load before it can ask for a key, and holds nothing of anybody's.
PAGE_PATHS = frozenset(_PAGES)


def build_page_router() -> APIRouter:
    """Return the pages' routes; the files are read once, here."""
    router = APIRouter(include_in_schema=False)
    for path, file in _PAGES.items():
        _add_page(router, path, content=file.read_bytes(), media_type=_MEDIA_TYPES[file.suffix])
    return router


def _add_page(router: APIRouter, path: str, *, content: bytes, media_type: str) -> None:
    async def page() -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)

    router.add_api_route(path, page, methods=["GET"], name=path)
