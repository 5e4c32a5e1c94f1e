"""More hostile requests out of a few: the known ones, and seeded mutations of them. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence

from load.hostile import HostileCase

_SEED = 7
_NOISE = (b"\x00", b"\r\n", b"\xff", b'"', b"{", b"}", b"[", b",", b":", b"9" * 40, b"-", b"\\u0000", b" ", b"%00")


def cases_and_mutations(cases: Sequence[HostileCase], count: int) -> list[HostileCase]:
    """All cases, and as many mutations of the small ones as are missing to `count`. The same every time."""
    rng = random.Random(_SEED)
    small = [case for case in cases if not case.is_oversize]
    mutations = [_mutated(rng.choice(small), rng, number) for number in range(count - len(cases))]
    return [*cases, *mutations]


def _mutated(case: HostileCase, rng: random.Random, number: int) -> HostileCase:
    raw = case.raw
    for _ in range(rng.randint(1, 4)):
        raw = rng.choice((_cut, _repeated, _with_noise, _with_a_flipped_bit))(raw, rng)
    return HostileCase(f"{case.name} ~{number}", raw)


def _cut(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw) + 1)
    return raw[:start] + raw[start + rng.randint(1, 8) :]


def _repeated(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw) + 1)
    piece = raw[start : start + rng.randint(1, 16)]
    return raw[:start] + piece + raw[start:]


def _with_noise(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw) + 1)
    return raw[:start] + rng.choice(_NOISE) + raw[start:]


def _with_a_flipped_bit(raw: bytes, rng: random.Random) -> bytes:
    if not raw:
        return b"\x80"
    place = rng.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :]
