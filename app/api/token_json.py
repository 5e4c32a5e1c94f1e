"""Writes long lists of token ids as JSON in pieces, giving the event loop a turn between two pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

# About a millisecond a piece.
IDS_PER_PIECE = 65_536


async def dump_ids(token_ids: Sequence[int]) -> bytes:
    """Return one list as JSON."""
    pieces: list[bytes] = []
    for start in range(0, len(token_ids), IDS_PER_PIECE):
        pieces.append(orjson.dumps(token_ids[start : start + IDS_PER_PIECE])[1:-1])
        await asyncio.sleep(0)
    return b"[" + b",".join(pieces) + b"]"


async def dump_id_lists(lists: Sequence[Sequence[int]]) -> bytes:
    """Return a list of lists as JSON."""
    pieces: list[bytes] = []
    num_ids = 0
    for token_ids in lists:
        pieces.append(await dump_ids(token_ids) if len(token_ids) > IDS_PER_PIECE else orjson.dumps(token_ids))
        num_ids += len(token_ids) + 16
        if num_ids > IDS_PER_PIECE:
            num_ids = 0
            await asyncio.sleep(0)
    return b"[" + b",".join(pieces) + b"]"
