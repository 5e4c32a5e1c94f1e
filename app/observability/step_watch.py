"""Watches every single step of asyncio's event loops, whatever thread they run in: for tests, which have the time.

A step is what runs between two turns of the loop: a callback, or a task from one await to the next. What it took of
the loop is the CPU time of the loop's thread plus the time for which that thread was seen asleep at one place without
using any: so a busy machine or a stopped process holds no loop, and a sleeping call does. Meanwhile a thread looks on;
when it can't run although the process computes, a C call in some thread keeps the GIL, and every loop waits for it.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from app.observability.stacks import Stack, as_line, busy_threads, coroutine_of, stack_of
from app.observability.thread_clock import ThreadClock, ThreadUse

_IDLE_SHARE = 0.05  # a thread that used less of a time in CPU did not run in it

Place = tuple[int, int]  # a frame and the instruction in it


@dataclass(frozen=True, slots=True)
class LongStep:
    """A step, or a call in another thread, that held a loop. `coroutine`: whose step it was, if one's."""

    held_s: float
    where: str
    coroutine: CodeType | None = None

    def __str__(self) -> str:
        return f"the event loop was held {self.held_s * 1000:.0f} ms at {self.where}"


@dataclass(slots=True)
class _Step:
    """Owner: the loop's thread, but `asleep_s` and what follows, which the looking thread writes."""

    ident: int
    native_id: int
    begin_s: float
    begin_cpu_s: float
    asleep_s: float = 0.0
    seen: Counter[tuple[Stack, CodeType | None]] = field(default_factory=Counter)
    last_use: ThreadUse | None = None
    last_place: Place | None = None


class StepWatch:
    """Between `start` and `stop`, collects steps that held a loop for `threshold_s` or more. One at a time a process.

    Loops that are not asyncio's own, as uvloop's, are not seen. Calls that sleep are only seen on Linux.
    """

    def __init__(self, threshold_s: float) -> None:
        self._threshold_s = threshold_s
        self._period_s = threshold_s / 5
        self._steps: dict[int, _Step] = {}  # by thread; each written by its own thread
        self._loops: dict[int, ThreadUse] = {}  # native ids of threads that run a loop, and their use at the last look
        self._found: list[LongStep] = []
        self._looked_s = time.perf_counter()
        self._process_s = time.process_time()
        self._starved_s = 0.0
        self._gc_s = self._collecting_since_s = 0.0  # collections since the last look; the GIL is held in them
        self._early_threads: dict[str, Stack] | None = None  # of whichever loop could run before the looking thread
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="step-watch", daemon=True)
        self._originals: tuple[Any, Any] | None = None

    def start(self) -> None:
        """Begin to watch: from here on asyncio's steps pass through this object."""
        run_step, run_forever = asyncio.Handle._run, asyncio.BaseEventLoop.run_forever
        self._originals = (run_step, run_forever)
        # A subclass can't do it: the loops are made by whoever runs the tests.
        setattr(asyncio.Handle, "_run", lambda handle: self._watch_step(run_step, handle))  # noqa: B010
        setattr(asyncio.BaseEventLoop, "run_forever", lambda loop: self._watch_loop(run_forever, loop))  # noqa: B010
        gc.callbacks.append(self._note_collection)
        self._thread.start()

    def stop(self) -> None:
        """End it, and leave asyncio as it was."""
        if self._originals is not None:
            asyncio.Handle._run, asyncio.BaseEventLoop.run_forever = self._originals  # type: ignore[method-assign]
            gc.callbacks.remove(self._note_collection)
        self._is_stopped.set()
        self._thread.join()

    def take(self) -> list[LongStep]:
        """Return what was found since the last call."""
        found, self._found = self._found, []
        return found

    def _watch_loop(self, run_forever: Callable[[Any], None], loop: asyncio.AbstractEventLoop) -> None:
        native_id = threading.get_native_id()
        self._loops[native_id] = _use_of(native_id)
        try:
            run_forever(loop)
        finally:
            self._loops.pop(native_id, None)

    def _watch_step(self, run_step: Callable[[Any], None], handle: asyncio.Handle) -> None:
        begin_s = time.perf_counter()
        if begin_s - self._looked_s > 2 * self._period_s and self._early_threads is None:
            self._early_threads = self._other_stacks()
        ident = threading.get_ident()
        step = _Step(ident, threading.get_native_id(), begin_s, time.thread_time())
        self._steps[ident] = step
        try:
            run_step(handle)
        finally:
            self._steps.pop(ident, None)
            if time.perf_counter() - begin_s >= self._threshold_s:
                self._judge(step, handle, time.thread_time() - step.begin_cpu_s)

    def _judge(self, step: _Step, handle: Any, cpu_s: float) -> None:
        held_s = cpu_s + step.asleep_s
        if held_s >= self._threshold_s:
            ((stack, coroutine), _), *_ = step.seen.most_common(1) or [(((), None), 0)]
            where = as_line(stack) if stack else getattr(handle._callback, "__qualname__", "a callback")
            self._found.append(LongStep(held_s, where, coroutine))

    def _run(self) -> None:
        own_clock = ThreadClock(threading.get_native_id())
        while not self._is_stopped.wait(self._period_s):
            now_s, process_s, starved_s = time.perf_counter(), time.process_time(), own_clock.read().starved_s
            passed_s = now_s - self._looked_s
            late_s = passed_s - self._period_s - (starved_s - self._starved_s)
            gc_s, self._gc_s = self._gc_s, 0.0
            gil_s = min(late_s, process_s - self._process_s) - gc_s  # a process that was stopped did not compute
            self._note_gap(gil_s)
            for step in list(self._steps.values()):
                self._look(step, now_s, min(passed_s, 2 * self._period_s))
            self._looked_s, self._process_s, self._starved_s = now_s, process_s, starved_s
            self._early_threads = None
        own_clock.close()

    def _note_gap(self, gil_s: float) -> None:
        """Note that somebody kept the GIL. If it was a loop's own step, that is judged by its CPU time."""
        earlier, uses = dict(self._loops), {native_id: _use_of(native_id) for native_id in list(self._loops)}
        is_own = any(use.since(earlier[native_id]).cpu_s >= gil_s / 2 for native_id, use in uses.items())
        if uses and gil_s >= self._threshold_s and not is_own:
            threads = self._other_stacks() if self._early_threads is None else self._early_threads
            stacks = "; ".join(f"{name}: {as_line(stack)}" for name, stack in threads.items())
            self._found.append(LongStep(gil_s, f"a call in another thread that keeps the GIL: {stacks or 'gone'}"))
        self._loops.update((native_id, use) for native_id, use in uses.items() if native_id in self._loops)

    def _look(self, step: _Step, now_s: float, passed_s: float) -> None:
        frame = sys._current_frames().get(step.ident)
        if frame is None or now_s - step.begin_s < self._period_s:
            return
        use, place = _use_of(step.native_id), (id(frame), frame.f_lasti)
        used_s = use.cpu_s - (step.last_use.cpu_s if step.last_use else step.begin_cpu_s)
        is_there_still = step.last_place in (None, place)
        if use.is_asleep and is_there_still and used_s < _IDLE_SHARE * passed_s:
            step.asleep_s += passed_s
        step.last_use, step.last_place = use, place
        step.seen[stack_of(frame), coroutine_of(frame)] += 1

    def _other_stacks(self) -> dict[str, Stack]:
        return busy_threads(without={self._thread.ident or 0, threading.get_ident(), *self._steps})

    def _note_collection(self, phase: str, _info: Any) -> None:
        """A garbage collection is nobody's fault, and longer the more was imported: take it off its step's time."""
        if phase == "start":
            self._collecting_since_s = time.thread_time()
            return
        gc_s = time.thread_time() - self._collecting_since_s
        self._gc_s += gc_s
        if step := self._steps.get(threading.get_ident()):
            step.begin_cpu_s += gc_s


def _use_of(native_id: int) -> ThreadUse:
    clock = ThreadClock(native_id)  # opened anew: a thread's number may be another's by now
    use = clock.read(with_state=True)
    clock.close()
    return use
