"""The heavy job as a Celery task: it tells how far it is, and it is not lost when its process or its worker dies.

MATRIX_BROKER is a broker's URL (Redis), or a folder, where files are the queue and SQLite has the results: enough for
one worker on one machine, with nothing to install. `celery --app load.matrix.celery_app worker` runs a worker; each of
its prefork processes has an interpreter of its own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from celery import Celery, Task
from celery.signals import worker_init

BROKER = os.environ.get("MATRIX_BROKER", "redis://127.0.0.1:6379/0")
# Longer than any job: Redis gives a job out again that a worker has had for so long and not acknowledged.
VISIBILITY_TIMEOUT_S = int(os.environ.get("MATRIX_VISIBILITY_TIMEOUT_S", "3600"))
IS_REDIS = BROKER.startswith("redis:")
QUEUED, TAKEN, CONTROL = (Path(BROKER) / name for name in ("queued", "taken", "control"))

REDIS_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT_S,
    # Look every second whether there is such a job; by default that takes up to 100 s.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
FILE_OPTIONS = {
    "data_folder_in": str(QUEUED),
    "data_folder_out": str(QUEUED),
    "processed_folder": str(TAKEN),
    "control_folder": str(CONTROL),
    "store_processed": True,
    "polling_interval": 0.1,
}

if not IS_REDIS:
    for folder in (QUEUED, TAKEN, CONTROL):
        folder.mkdir(parents=True, exist_ok=True)
app = Celery(
    "matrix",
    broker=BROKER if IS_REDIS else "filesystem://",
    backend=BROKER if IS_REDIS else f"db+sqlite:///{BROKER}/results.sqlite",
)
app.conf.update(
    # The broker forgets a job when it is done, and not when a worker takes it ...
    task_acks_late=True,
    # ... and gets it back when the process that did it dies: killed for its memory, say ...
    task_reject_on_worker_lost=True,
    # ... a second after that was seen; the default is 10.
    worker_lost_wait=1.0,
    # A worker takes one job at a time, so that a long one keeps no other waiting behind it.
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    broker_transport_options=REDIS_OPTIONS if IS_REDIS else FILE_OPTIONS,
    broker_connection_retry_on_startup=True,
)


@worker_init.connect  # type: ignore[untyped-decorator]
def give_back(**_: object) -> None:
    """Files know no timeout: when the worker starts, what was taken and has no result is put back in the queue."""
    for message in () if IS_REDIS else TAKEN.glob("*.msg"):
        if app.AsyncResult(json.loads(message.read_bytes())["headers"]["id"]).ready():
            message.unlink()
        else:
            message.rename(QUEUED / message.name)


@app.task(bind=True)  # type: ignore[untyped-decorator]
def summarize(self: Task, num_parts: int, part_size: int) -> int:
    """Work through the parts and tell the progress after each. Safe to be done twice: it changes nothing outside."""
    total = 0
    for part in range(num_parts):
        total += sum_of_part(part, part_size)
        self.update_state(state="PROGRESS", meta={"done": part + 1, "of": num_parts, "pid": os.getpid()})
    return total


def sum_of_part(part: int, part_size: int) -> int:
    return sum(number * number % 7 for number in range(part * part_size, (part + 1) * part_size))


def in_the_request(num_parts: int, part_size: int) -> int:
    """The same work where it was asked for."""
    return sum(sum_of_part(part, part_size) for part in range(num_parts))
