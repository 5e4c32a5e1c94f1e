"""Where this service tokenizes texts of which size: as set, as measured at an earlier start, or measured now."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app import __version__
from app.concurrency.placement import Placement
from app.concurrency.placement_plan import PlacementPlan, Trial, measure, plan_from
from app.concurrency.plan_cache import PlanCache
from app.errors import UnblockedError
from app.service.text_encoder import TextEncoder

logger = logging.getLogger(__name__)

BUDGET_S = 0.4
# Measured on two cores with the bundled model's tokenizer; for a host on which nothing can be measured.
DEFAULT_PLAN = PlacementPlan(500, 300_000, {})

_MAX_CHARS = 60_000
_LETTERS = (b"etaoinshrdlucmfwypvbgk" + b"    " + b"etaoin") * 8  # one for each byte; every eighth a blank


@dataclass(frozen=True, slots=True)
class PlacingOptions:
    """What is set wins; None is measured. cache_folder None: it is measured at every start."""

    thread_min_chars: int | None = None
    process_min_chars: int | None = None
    cache_folder: str | None = None
    budget_s: float = BUDGET_S


async def place_tokenizing(encoder: TextEncoder, options: PlacingOptions) -> PlacementPlan:
    """Find the plan for a started encoder, let it work by it, and return it. Takes little more than the budget."""
    plan = DEFAULT_PLAN
    if options.thread_min_chars is None or options.process_min_chars is None:
        cache = PlanCache(Path(options.cache_folder) if options.cache_folder else None)
        plan = await _kept_or_measured(encoder, cache, budget_s=options.budget_s)
    if options.thread_min_chars is not None:
        plan = replace(plan, thread_min_chars=options.thread_min_chars)
    if options.process_min_chars is not None:
        plan = replace(plan, process_min_chars=options.process_min_chars)
    encoder.use_thresholds(thread_min_chars=plan.thread_min_chars, process_min_chars=plan.process_min_chars)
    logger.info(
        "tokenizing inline below %d characters, in a thread below %d, else in a process",
        plan.thread_min_chars, plan.process_min_chars,
    )  # fmt: skip
    return plan


def cache_key(encoder: TextEncoder) -> tuple[str, ...]:
    """Return what, beside the host, a plan is good for."""
    return __version__, version("tokenizers"), encoder.digest


async def _kept_or_measured(encoder: TextEncoder, cache: PlanCache, *, budget_s: float) -> PlacementPlan:
    key = cache_key(encoder)
    kept = _from_json(await asyncio.to_thread(cache.load, *key))
    if kept is not None:
        return kept
    text = make_text(_MAX_CHARS)
    try:
        plan = plan_from(
            await measure(
                {place: partial(_encode, encoder, text, place) for place in Placement},
                budget_s=budget_s,
            ),
            default_process_min_chars=DEFAULT_PLAN.process_min_chars,
        )
    except UnblockedError as error:
        logger.warning("where to tokenize could not be measured (%s); the defaults hold", error)
        return DEFAULT_PLAN
    if plan.is_whole:  # on a machine too busy to tell, the next start tries again
        await asyncio.to_thread(cache.save, _to_json(plan), *key)
    return plan


async def _encode(encoder: TextEncoder, text: str, place: Placement, num_chars: int) -> None:
    await encoder.encode_texts_at(place, [text[:num_chars]])


def make_text(num_chars: int) -> str:
    """Words of random letters: a text of few words would come out of the tokenizer's cache, which no real text does."""
    return random.Random(20).randbytes(num_chars).translate(_LETTERS).decode("ascii")


def _to_json(plan: PlacementPlan) -> dict[str, Any]:
    return {
        "thread_min_chars": plan.thread_min_chars,
        "process_min_chars": plan.process_min_chars,
        "trials": {
            place.value: [[trial.num_chars, trial.took_s, trial.held_s] for trial in trials]
            for place, trials in plan.trials.items()
        },
    }


def _from_json(value: Any) -> PlacementPlan | None:
    """Undo `_to_json`; None, for anything else."""
    try:
        trials = {Placement(place): [Trial(*trial) for trial in rows] for place, rows in value["trials"].items()}
        return PlacementPlan(int(value["thread_min_chars"]), int(value["process_min_chars"]), trials)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
