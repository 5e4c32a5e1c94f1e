"""Where threads are: their stacks as text that names files, lines and functions, and never a value.

Thread: any. Reading another thread's frames needs the GIL and nothing else; what is read was true at that moment.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import PurePath
from types import CodeType, FrameType
from typing import Any

MAX_FRAMES = 20

Stack = tuple[str, ...]  # the innermost frame first

_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
# Below these there is only how the loop or the thread was started.
_LOOP_FILES = frozenset({"asyncio/events.py", "asyncio/base_events.py", "asyncio/runners.py"})
_THREAD_STARTS = frozenset({"_worker", "_bootstrap", "_bootstrap_inner"})
# A thread whose innermost frame is here waits for work, and holds nothing.
_WAITS = frozenset(
    {
        ("threading.py", "wait"),
        ("threading.py", "_wait_for_tstate_lock"),
        ("queue.py", "get"),
        ("selectors.py", "select"),
        ("thread.py", "_worker"),
    }
)


def stack_of(frame: FrameType | None) -> Stack:
    """Return where `frame` is, and what called it, up to the event loop."""
    return tuple(_describe(each) for _, each in zip(range(MAX_FRAMES), _frames(frame), strict=False))


def coroutine_of(frame: FrameType | None) -> CodeType | None:
    """Return the code of the innermost coroutine at work in `frame`; None, if a plain callback runs."""
    return next((each.f_code for each in _frames(frame) if each.f_code.co_flags & _COROUTINE), None)


def busy_threads(*, without: Collection[int]) -> dict[str, Stack]:
    """Return the stacks of all threads that do not wait for work, by name; `without` are thread identifiers."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return {
        names.get(ident) or f"thread {ident}": stack_of(frame)
        for ident, frame in sys._current_frames().items()
        if ident not in without and not _is_waiting(frame)
    }


def as_line(stack: Stack) -> str:
    """Return a stack as one line."""
    return " < ".join(stack) or "no stack was seen"


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None and _tail(frame, 2) not in _LOOP_FILES and frame.f_code.co_name not in _THREAD_STARTS:
        yield frame
        frame = frame.f_back


def _describe(frame: FrameType) -> str:
    where = f"{_tail(frame, 3)}:{frame.f_lineno} {frame.f_code.co_name}"
    # A pool's thread that calls a C function has no frame for it; the pool's own has its name.
    return f"{where}({_function(frame.f_locals.get('self'))})" if _tail(frame, 2) == "futures/thread.py" else where


def _function(work_item: Any) -> str:
    call: Callable[..., Any] | None = getattr(work_item, "fn", None)
    while isinstance(call, partial):  # asyncio's to_thread: partial(context.run, function, ...)
        call = call.args[0] if call.args and callable(call.args[0]) else call.func
    return getattr(call, "__qualname__", "")


def _is_waiting(frame: FrameType) -> bool:
    return (_tail(frame, 1), frame.f_code.co_name) in _WAITS


def _tail(frame: FrameType, num_parts: int) -> str:
    return "/".join(PurePath(frame.f_code.co_filename).parts[-num_parts:]).replace("//", "/")
