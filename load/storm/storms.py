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

_KEYED = {**fairness.SETTINGS, **drain.SETTINGS}  # one server for both: starting one takes seconds

STORMS: tuple[Storm, ...] = (
    Storm("overload", overload.rage),
    Storm("large-prompts", large_prompts.rage),
    Storm("departures", departures.rage),
    Storm("slow-readers", slow_readers.rage),
    Storm("canaries", canaries.rage),
    Storm("soak", soak.rage, is_asked_for=True),
    Storm("worker-loss", worker_loss.rage, settings=worker_loss.SETTINGS),
    Storm("silence", silence.rage, settings=silence.SETTINGS),
    Storm("hostile-input", hostile_input.rage, settings=hostile_input.SETTINGS),
    Storm("faults", faults.rage, settings=faults.SETTINGS),
    Storm("fairness", fairness.rage, settings=_KEYED, key=fairness.MODEST),
    Storm("drain", drain.rage, settings=_KEYED, key=fairness.MODEST),
)
