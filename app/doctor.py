"""`python -m app doctor`: starts the service without serving; prints its plan for this host, and what will hurt."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from app.api.http_server import connections_that_fit
from app.concurrency.host import available_memory_bytes, cpu_quota
from app.concurrency.lanes import LanedExecutor
from app.concurrency.placement_plan import PlacementPlan
from app.errors import UnblockedError
from app.main import build_service_from
from app.observability.metrics import Metrics
from app.settings import Settings

if TYPE_CHECKING:
    from app.service.service import Service  # imports torch

_SMALL_MEMORY_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Host:
    """What the process may use. max_connections: so many fit into the files that it may open."""

    cpu_quota: float
    num_cpus: int
    memory_bytes: int
    max_connections: int


@dataclass(frozen=True, slots=True)
class Started:
    """What came of a start. has_bfloat16 None: the model is not on the CPU, which then need not have it."""

    engine: str
    num_torch_threads: int
    max_num_seqs: int
    max_model_len: int
    num_cached_tokens: int
    plan: PlacementPlan
    has_bfloat16: bool | None = None
    is_debug: bool = False


def diagnose(settings: Settings) -> int:
    """Print the plan and the warnings. Returns 0, or 1 if the service can't start."""
    connections = connections_that_fit(settings.max_connections)
    host = Host(cpu_quota(), os.cpu_count() or 1, available_memory_bytes(), connections)
    started: Started | None = None
    failure = ""
    try:
        metrics = Metrics()
        service = cast(
            "Service", build_service_from(settings, metrics)
        )  # imports torch: seconds, and no loop waits yet
        started = asyncio.run(_start(settings, service, metrics))
    except UnblockedError as error:
        failure = str(error)
    print("\n".join(plan_lines(settings, host, started)))
    for warning in warnings_of(settings, host, started):
        print(f"warning: {warning}")
    if failure:
        print(f"error: can't start: {failure}", file=sys.stderr)
    return 1 if failure else 0


def plan_lines(settings: Settings, host: Host, started: Started | None) -> list[str]:
    """The plan, a line a subject."""
    lines = [
        f"CPU         {host.cpu_quota:g} of {host.num_cpus} may be used",
        f"memory      {host.memory_bytes / 2**30:.1f} GiB can still be taken",
        f"connections {host.max_connections} fit into the files that may be open",
    ]
    if started is None:
        return lines
    plan = started.plan
    lines += [
        f"engine      {started.engine}",
        f"threads     1 for the engine x {started.num_torch_threads} inside an operation, "
        f"{settings.num_tokenizer_threads} for tokenizing, {settings.num_shared_threads} shared",
        f"processes   {settings.num_tokenizer_processes} for tokenizing",
        f"KV cache    {started.num_cached_tokens} tokens, for {started.max_num_seqs} sequences of at most "
        f"{started.max_model_len}",
        f"tokenizing  inline below {plan.thread_min_chars} characters, in a thread below {plan.process_min_chars}, "
        "else in a process",
    ]
    for placement, trials in plan.trials.items():
        tried = [f"{t.num_chars} {t.took_s * 1000:.2f}/{t.held_s * 1000:.2f}" for t in trials]
        lines.append(f"            {placement.value}: {', '.join(tried)}  (characters, ms taken/ms of the loop held)")
    return lines


def warnings_of(settings: Settings, host: Host, started: Started | None) -> list[str]:
    """What will hurt, each with what to do about it."""
    cpus = max(1, int(host.cpu_quota))
    threads = started.num_torch_threads if started else settings.num_engine_threads or 1
    rules: list[tuple[bool, str]] = [
        (threads > cpus, f"{threads} engine threads on {cpus} CPUs wait for each other; lower num_engine_threads"),
        (settings.num_tokenizer_processes > cpus, f"more tokenizer processes than the {cpus} CPUs; lower their number"),
        (host.cpu_quota < 1, "less than one CPU: the kernel will stop this process many times a second"),
        (host.memory_bytes < _SMALL_MEMORY_BYTES, "less than 1 GiB of memory: the KV cache will be small"),
        (settings.log_level == "debug", "log_level=debug: texts of exceptions, which may be clients', are logged"),
        (not settings.is_guarded, f"{settings.host} can be reached by others and there are no API keys"),
        (settings.lab_enabled and not settings.is_local, "/lab blocks the loop for everybody who can reach it"),
        (settings.faults > 0, "faults are injected on purpose"),
        (
            host.max_connections < settings.max_connections,
            f"only {host.max_connections} of max_connections={settings.max_connections} fit into the files that may be "
            "open; raise ulimit -n",
        ),
    ]
    if started is not None:
        rules += [
            (started.has_bfloat16 is False, "this CPU has no bfloat16 instructions: it computes in float32, slower"),
            (started.is_debug, "Python or asyncio is in debug mode: every step of the loop costs more"),
            (
                started.num_cached_tokens < 2 * started.max_model_len and started.engine.startswith("batched"),
                "the KV cache holds less than two sequences of full length; lower max_model_len or give it memory",
            ),
        ]
    return [text for is_so, text in rules if is_so]


async def _start(settings: Settings, service: Service, metrics: Metrics) -> Started:
    """Start the service as `serve` would, look, and close it. Raises: UnblockedError."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(LanedExecutor(settings.num_shared_threads, join_timeout_s=1.0))
    try:
        await service.start()
        return _look(service, metrics, is_debug=loop.get_debug() or sys.flags.dev_mode)
    finally:
        await service.close()


def _look(service: Service, metrics: Metrics, *, is_debug: bool) -> Started:
    import torch

    info = service.info
    return Started(
        engine=f"{info.kind}, {info.dtype} on {info.device}",
        num_torch_threads=torch.get_num_threads(),
        max_num_seqs=info.max_num_seqs,
        max_model_len=info.max_model_len,
        num_cached_tokens=int(metrics.value("unblocked_kv_cache_max_tokens")),
        plan=service.placement_plan,
        has_bfloat16=bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) if info.device == "cpu" else None,
        is_debug=is_debug,
    )
