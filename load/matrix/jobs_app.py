"""A heavy job asked for over HTTP: done in the request, or handed to Celery.

`python -m load.matrix.jobs_app` prints its port.
"""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from fastapi import FastAPI

from load.matrix.celery_app import app as celery
from load.matrix.celery_app import in_the_request, summarize

api = FastAPI()


@api.post("/reports")
def report(num_parts: int, part_size: int) -> int:
    """The client waits for all of it, and if this process dies the job is gone."""
    return in_the_request(num_parts, part_size)


@api.post("/jobs", status_code=202)
def submit(num_parts: int, part_size: int) -> dict[str, str]:
    """The client has an id at once and asks for the result when it likes. A plain def: the broker's client blocks."""
    return {"id": summarize.delay(num_parts, part_size).id}


@api.get("/jobs/{job_id}")
def job(job_id: str) -> dict[str, Any]:
    """Where it stands: PENDING, PROGRESS with what is done, SUCCESS with the result, FAILURE with the error."""
    found = celery.backend.get_task_meta(job_id)  # state and value in one reading: AsyncResult makes one for each
    state, value = found["status"], found["result"]
    if isinstance(value, BaseException):
        return {"state": state, "error": f"{type(value).__name__}: {value}"}
    return {"state": state, "progress" if state == "PROGRESS" else "result": value}


def main() -> None:
    """Serve until the process is ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(api, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    main()
