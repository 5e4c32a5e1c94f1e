"""/healthz as seen by a client that does nothing else, while a storm rages; and what may be promised of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from load.bench.timing import percentile
from load.storm.connection import Target
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.health_probe import Ping

INTERVAL_S = 0.020
_DEADLINE_S = 60.0


@dataclass(slots=True)
class HealthWatch:
    """The pings of one storm; complete only after the `async with` block."""

    pings: list[Ping] = field(default_factory=list)


@asynccontextmanager
async def watched_health(
    target: Target, *, interval_s: float = INTERVAL_S, path: str = "/healthz"
) -> AsyncIterator[HealthWatch]:
    """Ping from a process of its own while the block runs."""
    watch = HealthWatch()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "load.storm.health_probe", target.host, str(target.port), str(interval_s), path,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await process.stdout.readline()
        yield watch
        async with asyncio.timeout(_DEADLINE_S):
            output, _ = await process.communicate(b"")  # closes its input, by which it ends
        watch.pings += [(ping[0], ping[1], ping[2], ping[3]) for ping in json.loads(output)]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def judge_health(pings: Sequence[Ping], *, p99_ms: float) -> list[Figure]:
    """All 200, and fast."""
    waits = [(answered - planned) * 1000 for planned, _, answered, _ in pings]
    bad = [status for *_, status in pings if status != 200]
    return [
        none_of("/healthz answers that are not 200", len(bad), len(pings), seen=map(str, bad)),
        at_most("/healthz p99", percentile(waits, 0.99), p99_ms, "ms", is_timing=True),
        told("/healthz p50", percentile(waits, 0.50), "ms"),
        told("/healthz max", max(waits, default=0.0), "ms"),
    ]
