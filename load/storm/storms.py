"""All storms, in the order in which they are run. A server with the usual settings weathers several of them in turn."""

from __future__ import annotations

from load.storm import (
    canaries,
    departures,
    drain,
    fairness,
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

# One server for two storms each: starting one takes seconds.
_EXACT = {**canaries.SETTINGS, **worker_loss.SETTINGS}
_KEYED = {**fairness.SETTINGS, **drain.SETTINGS}

STORMS: tuple[Storm, ...] = (
    Storm("overload", overload.rage),
    Storm("large-prompts", large_prompts.rage),
    Storm("departures", departures.rage),
    Storm("slow-readers", slow_readers.rage),
    Storm("soak", soak.rage, is_asked_for=True),
    Storm("canaries", canaries.rage, settings=_EXACT),
    Storm("worker-loss", worker_loss.rage, settings=_EXACT),
    Storm("silence", silence.rage, settings=silence.SETTINGS),
    Storm("hostile-input", hostile_input.rage, settings=hostile_input.SETTINGS),
    Storm("faults", faults.rage, settings=faults.SETTINGS),
    Storm("fairness", fairness.rage, settings=_KEYED, key=fairness.MODEST),
    Storm("drain", drain.rage, settings=_KEYED, key=fairness.MODEST),
)
