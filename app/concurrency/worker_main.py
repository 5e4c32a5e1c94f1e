"""The program of one worker process: answers one call after another until its parent is gone.

Started as `python -m app.concurrency.worker_main FD` and not through multiprocessing, which would import the parent's
main module, and torch with it, into every worker. Imports nothing beyond the standard library by itself; what else a
worker holds comes with the functions it is sent.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import sys
import threading
import traceback

from app.concurrency.channel import Channel
from app.errors import OffloadError


def main(fd: int) -> None:
    """Serve calls that arrive on the socket `fd` until the parent closes its end, or dies."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; a worker's end is its parent's call
        signal.signal(ignored, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(fd,), daemon=True).start()
    channel = Channel(socket.socket(fileno=fd))
    try:
        while True:
            channel.send(_answer(channel.receive()))
    except (EOFError, ConnectionError):
        return


def _leave_with_parent(fd: int) -> None:
    """End the process when the parent is gone, even in the middle of a call."""
    watch = select.poll()
    watch.register(fd, 0)  # nothing but a hang-up is reported, so waiting messages are left to the main thread
    watch.poll()
    os._exit(0)


def _answer(message: bytearray) -> bytes:
    """Run the pickled (function, arguments) and return (True, result) or (False, error), pickled."""
    try:
        fn, args = pickle.loads(message)
        return pickle.dumps((True, fn(*args)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever went wrong belongs to the caller; the worker goes on
        error.add_note("in the worker process:\n" + traceback.format_exc())
        return _pickled_error(error)


def _pickled_error(error: Exception) -> bytes:
    try:
        message = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(message)  # an error whose constructor takes more than its message fails only here
    except Exception:
        substitute = OffloadError(f"the work failed with {type(error).__qualname__}, which can't be pickled")
        return pickle.dumps((False, substitute), pickle.HIGHEST_PROTOCOL)
    return message


if __name__ == "__main__":
    main(int(sys.argv[1]))
