"""All storms, in the order in which they are run. A server with the usual settings weathers several of them in turn."""

from __future__ import annotations

from load.storm import (
    canaries,
    departures,
    drain,
    faults,
    hostile_input,
    large_prompts,
    overload,
    silence,
    slow_readers,
    soak,
    worker_loss,
)
from load.storm.arena import Storm

STORMS: tuple[Storm, ...] = (
    Storm("overload", overload.rage),
    Storm("large-prompts", large_prompts.rage),
    Storm("departures", departures.rage),
    Storm("slow-readers", slow_readers.rage),
    Storm("canaries", canaries.rage),
    Storm("worker-loss", worker_loss.rage),
    Storm("soak", soak.rage, is_asked_for=True),
    Storm("silence", silence.rage, settings=silence.SETTINGS),
    Storm("hostile-input", hostile_input.rage, settings=hostile_input.SETTINGS),
    Storm("faults", faults.rage, settings=faults.SETTINGS),
    Storm("drain", drain.rage, settings=drain.SETTINGS),
)
