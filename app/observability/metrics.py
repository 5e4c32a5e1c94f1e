"""What the service counts, in Prometheus' text format. Knows no HTTP; no label ever holds what a client sent.

Every label value comes from a fixed list; anything else is counted as "other", so the number of series is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

OUTCOMES = frozenset({"stop", "length", "cancelled", "timeout", "error"})
REFUSALS = frozenset(
    {"queue_full", "over_share", "deadline", "draining", "engine_dead", "engine_restarting", "invalid"}
)
EMBEDDING_OUTCOMES = frozenset({"done", "refused", "invalid", "cancelled", "timeout", "error"})
STAGES = frozenset({"queued", "prefill", "decode"})
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LOOP_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The meters of one service in a registry of their own, so that two services fit into one process.

    Thread: any; prometheus_client's meters lock themselves. All durations are in seconds.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._make_request_meters()
        self._make_engine_meters()
        self._make_embedding_meters()
        self._make_edge_meters()

    def _make_request_meters(self) -> None:
        registry = self._registry
        self._accepted = Counter("unblocked_requests_accepted", "Requests taken in.", registry=registry)
        self._refused = Counter("unblocked_requests_refused", "Requests not taken.", ["reason"], registry=registry)
        self._refused_for = cache(self._refused.labels)
        self._finished = Counter("unblocked_requests_finished", "How requests ended.", ["outcome"], registry=registry)
        self._tokens = Counter("unblocked_tokens", "Tokens of finished requests.", ["kind"], registry=registry)
        self._first_token = Histogram(
            "unblocked_first_token_seconds", "Acceptance to first token.", buckets=_REQUEST_SECONDS, registry=registry
        )
        self._inter_token = Histogram(
            "unblocked_inter_token_seconds", "Token to next token.", buckets=_TOKEN_SECONDS, registry=registry
        )
        self._queue_time = Histogram(
            "unblocked_queue_seconds", "Acceptance to the engine.", buckets=_REQUEST_SECONDS, registry=registry
        )
        self._cancelled = Counter("unblocked_requests_cancelled", "Where clients left.", ["stage"], registry=registry)
        self._wasted = Counter(
            "unblocked_tokens_wasted", "Tokens of answers that did not reach their end.", ["kind"], registry=registry
        )
        self._held_requests = Gauge("unblocked_accepted_requests", "Accepted and not ended.", registry=registry)
        self._held_tokens = Gauge("unblocked_accepted_tokens", "What these reserve.", registry=registry)
        for stage in STAGES:
            self._cancelled.labels(stage)
        for kind in ("prompt", "completion"):
            self._wasted.labels(kind)
        for outcome in OUTCOMES:
            self._finished.labels(outcome)
        for reason in REFUSALS:
            self._refused.labels(reason)

    def _make_engine_meters(self) -> None:
        registry = self._registry
        self._step = Histogram(
            "unblocked_engine_step_seconds", "One engine step.", buckets=_TOKEN_SECONDS, registry=registry
        )
        self._step_tokens = Counter("unblocked_engine_tokens", "Tokens computed.", ["phase"], registry=registry)
        self._waiting = Gauge("unblocked_sequences_waiting", "Sequences not yet started.", registry=registry)
        self._running = Gauge("unblocked_sequences_running", "Sequences in the batch.", registry=registry)
        self._cached = Gauge("unblocked_kv_cache_tokens", "Tokens in the KV cache.", registry=registry)
        self._max_cached = Gauge("unblocked_kv_cache_max_tokens", "Tokens that fit into it.", registry=registry)
        self._rebuilds = Counter("unblocked_engine_rebuilds", "Engines built after one had failed.", registry=registry)

    def _make_embedding_meters(self) -> None:
        registry = self._registry
        self._embedding_finished = Counter(
            "unblocked_embedding_requests_finished", "How they ended.", ["outcome"], registry=registry
        )
        self._embedding_inputs = Counter("unblocked_embedding_inputs", "Vectors given out.", registry=registry)
        self._embedding_tokens = Counter("unblocked_embedding_tokens", "Tokens of their inputs.", registry=registry)
        self._embedding_seconds = Histogram(
            "unblocked_embedding_request_seconds",
            "Acceptance to all vectors of a request.",
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._embedding_batch = Histogram(
            "unblocked_embedding_batch_seconds", "One batch of inputs.", buckets=_TOKEN_SECONDS, registry=registry
        )
        for outcome in EMBEDDING_OUTCOMES:
            self._embedding_finished.labels(outcome)

    def _make_edge_meters(self) -> None:
        registry = self._registry
        self._loop_delay = Histogram(
            "unblocked_loop_delay_seconds", "How late the event loop woke.", buckets=_LOOP_SECONDS, registry=registry
        )
        self._http = Histogram(
            "unblocked_http_request_seconds",
            "HTTP requests, first byte in to last byte out.",
            ["method", "route", "status"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        # Kept: to look a series up by its labels takes longer than to observe.
        self._http_of = cache(lambda method, route, status: self._http.labels(method, route, str(status)))
        self._tasks = Gauge("unblocked_event_loop_tasks", "Tasks on the event loop, not ended.", registry=registry)

    def request_accepted(self) -> None:
        """Count a request that was taken in."""
        self._accepted.inc()

    def request_refused(self, reason: str) -> None:
        """Count a request that was not taken; `reason` is one of REFUSALS."""
        self._refused_for(reason if reason in REFUSALS else "other").inc()

    def request_finished(self, outcome: str) -> None:
        """Count the end of an accepted request; `outcome` is one of OUTCOMES."""
        self._finished.labels(outcome if outcome in OUTCOMES else "other").inc()

    def watch_accepted(self, *, num_requests: Callable[[], int], num_tokens: Callable[[], int]) -> None:
        """Show what is accepted as it is whenever the meters are read."""
        self._held_requests.set_function(num_requests)
        self._held_tokens.set_function(num_tokens)

    def request_cancelled(self, stage: str) -> None:
        """Count a client that left; `stage` is how far its request had come, one of STAGES."""
        self._cancelled.labels(stage if stage in STAGES else "other").inc()

    def tokens_wasted(self, *, prompt: int, completion: int) -> None:
        """Count what was computed for an answer that broke off."""
        self._wasted.labels("prompt").inc(prompt)
        self._wasted.labels("completion").inc(completion)

    def engine_rebuilt(self) -> None:
        """Count an engine that took a failed one's place."""
        self._rebuilds.inc()

    def tokens(self, *, prompt: int, completion: int, cached: int) -> None:
        """Count the tokens of a finished request; `cached` of the prompt's were not computed anew."""
        self._tokens.labels("prompt").inc(prompt)
        self._tokens.labels("completion").inc(completion)
        self._tokens.labels("cached").inc(cached)

    def first_token(self, seconds: float) -> None:
        """Observe a time to first token."""
        self._first_token.observe(seconds)

    def inter_token(self, seconds: float) -> None:
        """Observe the time between two tokens of one request."""
        self._inter_token.observe(seconds)

    def queue_time(self, seconds: float) -> None:
        """Observe how long a request waited before the engine took it up."""
        self._queue_time.observe(seconds)

    def engine_step(self, seconds: float, *, prefill_tokens: int, decode_tokens: int) -> None:
        """Observe one engine step and the tokens that it computed."""
        self._step.observe(seconds)
        self._step_tokens.labels("prefill").inc(prefill_tokens)
        self._step_tokens.labels("decode").inc(decode_tokens)

    def engine_state(
        self, *, num_waiting: int, num_running: int, num_cached_tokens: int, max_cached_tokens: int
    ) -> None:
        """Set what the engine holds now."""
        self._waiting.set(num_waiting)
        self._running.set(num_running)
        self._cached.set(num_cached_tokens)
        self._max_cached.set(max_cached_tokens)

    def embedding_finished(self, outcome: str) -> None:
        """Count the end of a request for vectors; `outcome` is one of EMBEDDING_OUTCOMES."""
        self._embedding_finished.labels(outcome if outcome in EMBEDDING_OUTCOMES else "other").inc()

    def embeddings_made(self, seconds: float, *, num_inputs: int, num_tokens: int) -> None:
        """Observe a request that got all its vectors."""
        self._embedding_seconds.observe(seconds)
        self._embedding_inputs.inc(num_inputs)
        self._embedding_tokens.inc(num_tokens)

    def embedding_batch(self, seconds: float) -> None:
        """Observe one batch of inputs."""
        self._embedding_batch.observe(seconds)

    def loop_delay(self, seconds: float) -> None:
        """Observe how much later than asked the event loop woke."""
        self._loop_delay.observe(seconds)

    def watch_tasks(self, num_tasks: Callable[[], int]) -> None:
        """Show the event loop's tasks as they are whenever the meters are read; the reader's own is one of them."""
        self._tasks.set_function(num_tasks)

    def fault_counter(self) -> Callable[[str], None]:
        """Make the meter of faults on purpose, and return what counts one at a stage. Else there is no such meter."""
        faults = Counter("unblocked_faults_injected", "Faults on purpose.", ["stage"], registry=self._registry)
        return lambda stage: faults.labels(stage).inc()

    def http_request(self, seconds: float, *, method: str, route: str, status: int) -> None:
        """Observe an answered HTTP request; `route` is the route's template, never the path that was sent."""
        method = method if method in _METHODS else "other"
        self._http_of(method, route, status).observe(seconds)

    def value(self, name: str, **labels: str) -> float:
        """Read one sample back, 0.0 if it was never touched (for tests and the doctor)."""
        return self._registry.get_sample_value(name, labels) or 0.0

    def render(self) -> bytes:
        """Return all meters in Prometheus' text format 0.0.4 (CONTENT_TYPE)."""
        return generate_latest(self._registry)
