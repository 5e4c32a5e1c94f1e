"""What the server says of itself in /metrics while it is under load. A server without metrics says nothing."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from load.storm.answer import BrokenAnswerError
from load.storm.connection import Target
from load.storm.meters import MeterReader, Meters

INTERVAL_S = 0.5
# Gauges that tell how full the server is: ours, and those of servers that name them alike.
_LEVELS = re.compile(r"(^|_|:)(running|waiting)$")


@dataclass(slots=True)
class ServerWatch:
    """readings: (moment of time.perf_counter, what it said), the first before the load, the last after it."""

    readings: list[tuple[float, Meters]] = field(default_factory=list)

    def levels(self, *, began: float) -> dict[str, list[tuple[float, float]]]:
        """How the gauges of what runs and waits went: name to (seconds since `began`, value)."""
        names = {sample.partition("{")[0] for _, meters in self.readings for sample in meters.samples}
        return {
            name: [(round(moment - began, 3), meters.total(name)) for moment, meters in self.readings]
            for name in sorted(names)
            if _LEVELS.search(name)
        }

    def changes(self) -> dict[str, float]:
        """What the counters counted during the run, and histograms' means, as "..._mean"; nothing that stood still."""
        if len(self.readings) < 2:
            return {}
        before, after = self.readings[0][1].samples, self.readings[-1][1].samples
        grown = {name: value - before.get(name, 0.0) for name, value in after.items()}
        counters = {name: value for name, value in grown.items() if value and name.partition("{")[0].endswith("_total")}
        means = {
            name.replace("_count", "_mean", 1): grown[total] / value
            for name, value in grown.items()
            if value and name.partition("{")[0].endswith("_count")
            if (total := name.replace("_count", "_sum", 1)) in grown
        }
        return dict(sorted({**counters, **means}.items()))


@asynccontextmanager
async def watched_server(target: Target, *, interval_s: float = INTERVAL_S) -> AsyncIterator[ServerWatch]:
    """Scrape before, during and after the block. Answers that are no metrics, and no answers, end the watch early."""
    watch = ServerWatch()
    reader = MeterReader(target)

    async def read() -> None:
        watch.readings.append((time.perf_counter(), await reader.read()))

    async def go_on() -> None:
        with suppress(ValueError, BrokenAnswerError, OSError):
            while watch.readings:
                await asyncio.sleep(interval_s)
                await read()

    with suppress(ValueError, BrokenAnswerError, OSError):
        await read()
    task = asyncio.create_task(go_on())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])
        reader.close()
    if watch.readings:
        reader = MeterReader(target)
        with suppress(ValueError, BrokenAnswerError, OSError):
            await read()
        reader.close()
