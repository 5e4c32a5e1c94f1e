"""Which task serves which request, so that another thread can name the request that holds the event loop.

Context variables can't be read from another thread; the running task of a loop can, and it is the key here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

# Written on the event loop, read by any thread; a single look-up or entry can't be torn while the GIL is held.
_requests: WeakKeyDictionary[asyncio.Task[Any], Callable[[], str]] = WeakKeyDictionary()


def note_request(describe: Callable[[], str]) -> None:
    """Note that the current task serves a request. `describe` names it, without anything a client may have written."""
    task = asyncio.current_task()
    if task is not None:
        _requests[task] = describe


def work_on(loop: asyncio.AbstractEventLoop) -> str:
    """Name what runs on `loop` at this moment: a request, another task, or a callback. Thread: any."""
    task = asyncio.current_task(loop)
    if task is None:
        return "a callback"
    describe = _requests.get(task)
    return f"task {task.get_name()}" if describe is None else describe()
