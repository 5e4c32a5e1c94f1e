"""Reads JSON from strangers: what is ambiguous or costs too much is refused, never guessed.

Refused: duplicate keys, NaN and Infinity, numbers beyond a double, lone surrogates, a byte order mark, invalid UTF-8,
nesting deeper than MAX_DEPTH and documents of more than MAX_TOKENS values and separators: 32 MiB of `{},{},` take the
parser 2.5 s and 700 MB, 32 MiB of text 60 ms (measured; within one string or object the parser keeps the GIL, so that
a thread alone would not help).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, NoReturn

from app.errors import InvalidRequestError

MAX_DEPTH = 64
MAX_TOKENS = 150_000
INLINE_MAX_BYTES = 65_536

# A string without an end is one all the same: else the search would begin anew at each quote in it, time and again.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_TOKEN = re.compile(_STRING + rb"|[\[{,:]", re.DOTALL)
_BRACKET = re.compile(_STRING + rb"|[\[{]|[\]}]", re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NOT_JSON = "the body is not valid JSON"


async def parse_body(body: bytes) -> Any:
    """Parse a request body; in a thread when it is large, so that other requests get their turns in between.

    Raises: InvalidRequestError. The message never holds any of the body.
    """
    if len(body) <= INLINE_MAX_BYTES:
        return parse_json(body)
    return await asyncio.to_thread(parse_json, body)


def parse_json(body: bytes) -> Any:
    """Parse one JSON document. Raises: InvalidRequestError."""
    _check_size(body)
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
        )
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidRequestError("the body has a lone surrogate (half a character)") from None
    except UnicodeDecodeError:
        raise InvalidRequestError("the body is not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidRequestError(f"{_NOT_JSON} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise InvalidRequestError(f"{_NOT_JSON}: nested too deeply") from None
    except ValueError:  # an integer of more than 4,300 digits
        raise InvalidRequestError(f"{_NOT_JSON}: a number is too large") from None
    return value


def has_more_tokens(documents: Sequence[bytes], limit: int) -> bool:
    """Whether documents of JSON, valid or not, have more values and separators than that, all together."""
    # Counting bytes costs almost nothing and clears nearly every body; only then are strings told from structure.
    if sum(document.count(mark) for document in documents for mark in (b",", b":", b"[", b"{")) <= limit:
        return False
    tokens = chain.from_iterable(map(_TOKEN.finditer, documents))
    return any(True for _ in islice(tokens, limit, None))


def _check_size(body: bytes) -> None:
    if has_more_tokens([body], MAX_TOKENS):
        raise InvalidRequestError(f"the body has too many values; at most {MAX_TOKENS} JSON tokens are taken")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _check_depth(body)


def _check_depth(body: bytes) -> None:
    depth = 0
    for match in _BRACKET.finditer(body):
        mark = match.group()[:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > MAX_DEPTH:
            raise InvalidRequestError(f"the body is nested deeper than {MAX_DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequestError("the body has a key twice in one object")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise InvalidRequestError("the body has NaN or Infinity, which JSON does not know")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidRequestError("the body has a number beyond the range of a double")
    return number
