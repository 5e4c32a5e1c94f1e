"""One client that asks /healthz again and again, on a connection and a thread of its own, and notes each answer."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from types import TracebackType
from urllib.parse import urlsplit

INTERVAL_S = 0.010
_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class PingSummary:
    """What the client saw between two moments. Durations in milliseconds."""

    num_answers: int
    p50_ms: float
    max_ms: float
    longest_silence_ms: float


class Pinger:
    """Pings while the `with` block runs. Raises on exit whatever ended the pinging early."""

    def __init__(self, url: str, *, path: str = "/healthz", interval_s: float = INTERVAL_S) -> None:
        parts = urlsplit(url)
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connect(parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_S)
        self._path = parts.path.rstrip("/") + path
        self._interval_s = interval_s
        self._answers: list[tuple[float, float]] = []  # owner: the thread; (asked, answered), seconds
        self._stop = threading.Event()
        self._first_answer = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="pinger", daemon=True)

    def __enter__(self) -> Pinger:
        self._thread.start()
        self._first_answer.wait(_TIMEOUT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def between(self, began: float, ended: float) -> PingSummary:
        """Summary of the moments `began` to `ended` of time.perf_counter.

        Call it after the `with` block: a ping that was under way at `ended` has its answer by then.
        """
        return summarize(self._answers, began, ended)

    def latencies_ms(self, began: float, ended: float) -> list[float]:
        """How long each ping waited that was asked between two moments. Call it after the `with` block."""
        return [(answered - asked) * 1000 for asked, answered in self._answers if began <= asked <= ended]

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                asked = time.perf_counter()
                self._connection.request("GET", self._path)
                response = self._connection.getresponse()
                response.read()
                if response.status != http.client.OK:
                    raise http.client.HTTPException(f"{self._path} answered {response.status}")
                self._answers.append((asked, time.perf_counter()))
                self._first_answer.set()
                self._stop.wait(self._interval_s)
        except (OSError, http.client.HTTPException) as failure:
            self._failure = failure
            self._first_answer.set()
        finally:
            self._connection.close()


def summarize(answers: list[tuple[float, float]], began: float, ended: float) -> PingSummary:
    """What became of the pings (asked, answered), in seconds, that were under way between two moments."""
    during = [(asked, answered) for asked, answered in answers if answered >= began and asked <= ended]
    latencies = [answered - asked for asked, answered in during]
    moments = [began, *(min(answered, ended) for _, answered in during), ended]
    silences = [later - earlier for earlier, later in pairwise(moments)]
    return PingSummary(
        num_answers=sum(answered <= ended for _, answered in during),
        p50_ms=median(latencies) * 1000 if latencies else 0.0,
        max_ms=max(latencies, default=0.0) * 1000,
        longest_silence_ms=max(silences) * 1000,
    )
