"""From a URL to a target: any server that speaks OpenAI's chat API, over HTTP or HTTPS, with a key or without."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from load.storm.connection import Target

_TIMEOUT_S = 30.0
_PORTS = {"http": 80, "https": 443}


class NoTargetError(Exception):
    """The URL is none, or nobody there says what models it has."""


def target_at(url: str, *, key: str = "", model: str | None = None) -> Target:
    """Look at a server. Without `model` it is asked which it serves, and the first is taken.

    A URL that ends with /v1 means the same as one without. Blocks. Raises: NoTargetError.
    """
    try:
        parts = urlsplit(url.rstrip("/").removesuffix("/v1"))
        port = parts.port
    except ValueError as error:
        raise NoTargetError(f"not the address of a server: {url} ({error})") from None
    if parts.scheme not in _PORTS or not parts.hostname or not url.isascii():
        raise NoTargetError(f"not the address of a server: {url} (give http://HOST:PORT)")
    if not (key.isascii() and key.isprintable()):
        raise NoTargetError("the API key has characters that no header may have")
    return Target(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        pid=0,
        model=model or _first_model(parts.geturl(), key),
        prefix=parts.path,
        key=key,
        is_tls=parts.scheme == "https",
    )


def _first_model(url: str, key: str) -> str:
    request = urllib.request.Request(f"{url}/v1/models", headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return str(json.load(answer)["data"][0]["id"])
    except urllib.error.HTTPError as error:
        hint = " (is the key right?)" if error.code in (401, 403) else ""
        raise NoTargetError(f"{url}/v1/models answers {error.code}{hint}") from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise NoTargetError(f"{url}/v1/models names no model: {error}") from None
