"""API keys: only their SHA-256 is ever kept, and a key that is presented is compared in constant time.

A key's line, in the file or the environment: its SHA-256 in hex, its name, and, where it has limits of its own,
`requests_per_minute=N` and `tokens_per_minute=N`. What follows a # is a comment.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.errors import ConfigurationError

MAX_KEY_BYTES = 512

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LIMIT = re.compile(r"(requests_per_minute|tokens_per_minute)=([1-9][0-9]{0,11})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who may ask. `name` is the owner of what is asked with it; a limit of None is the server's."""

    name: str
    digest: bytes
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class KeyRing:
    """The keys of one server. Empty: nobody needs one."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys = tuple(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, presented: bytes) -> ApiKey | None:
        """Return the key that was presented. Takes as long whichever it is, and whether it is one at all."""
        digest = hashlib.sha256(presented[: MAX_KEY_BYTES + 1]).digest()
        found: ApiKey | None = None
        for key in self._keys:
            if hmac.compare_digest(digest, key.digest):
                found = key
        return found


def parse_keys(text: str, *, source: str) -> tuple[ApiKey, ...]:
    """Return the keys of a file or a variable: one a line, or parted by commas.

    Raises: ConfigurationError, with the line's number and nothing of its text, which may be a key by mistake.
    """
    keys: list[ApiKey] = []
    lines = [part for line in text.split("\n") for part in line.partition("#")[0].split(",")]
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if words:
            keys.append(_parse_line(words, where=f"{source}, line {number}"))
    if text.strip() and not keys:
        raise ConfigurationError(f"{source} has no key in it; leave it out to serve everybody")
    check_names(keys, source=source)
    return tuple(keys)


def check_names(keys: Sequence[ApiKey], *, source: str) -> None:
    """Raises: ConfigurationError, if two keys have one name: it says who owns what is asked with them."""
    for name in {key.name for key in keys}:
        if sum(key.name == name for key in keys) > 1:
            raise ConfigurationError(f"{source}: two API keys have the name '{name}'")


def _parse_line(words: list[str], *, where: str) -> ApiKey:
    if not _DIGEST.fullmatch(words[0]):
        raise ConfigurationError(f"{where}: begin with the SHA-256 of a key, 64 hex digits (python -m app key)")
    if len(words) < 2 or not _NAME.fullmatch(words[1]):
        raise ConfigurationError(f"{where}: give the key a name of letters, digits, '.', '_' and '-', at most 64")
    limits: dict[str, int] = {}
    for word in words[2:]:
        if not (limit := _LIMIT.fullmatch(word)):
            raise ConfigurationError(f"{where}: after the name only requests_per_minute=N and tokens_per_minute=N go")
        limits[limit[1]] = int(limit[2])
    return ApiKey(words[1], bytes.fromhex(words[0]), **limits)


def new_key() -> str:
    """Return a key of 256 random bits: nothing to be guessed, so that its hash needs neither salt nor stretching."""
    return f"ub-{secrets.token_urlsafe(32)}"


def key_line(key: str, *, name: str) -> str:
    """Return what goes into the file for a key. Raises: ConfigurationError, for a bad name."""
    line = f"{hashlib.sha256(key.encode()).hexdigest()} {name}"
    parse_keys(line, source="the new key")
    return line
