"""Build the engine that fits a model: batched where it can be, per-request otherwise."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch

from app.engine.compatibility import AttentionLayers, UnsupportedArchitectureError, use_our_attention
from app.engine.cpu_layers import linear_for, native_cache_dtype, runs_natively, speed_up
from app.engine.cuda_graphs import CudaRecorder
from app.engine.kv_cache import KVCache
from app.engine.kv_tensors import KVTensors, LayerGeometry
from app.engine.llm_engine import LLMEngine
from app.engine.loading import choose_device, context_length, eos_token_ids, load_model
from app.engine.model_runner import ModelRunner
from app.engine.native.native_layer import NativeDecoder
from app.engine.per_request_engine import PerRequestEngine
from app.engine.prefill_pace import PrefillPace
from app.engine.protocol import Engine, EngineInfo
from app.engine.scheduler import Scheduler
from app.errors import ConfigurationError

logger = logging.getLogger(__name__)

# Share of the memory that is free after loading which the KV cache may take; activations live in the rest.
_CACHE_SHARE = {"cpu": 0.4, "mps": 0.4, "cuda": 0.85}
# Below it one thread reads all weights from its core's own share of the cache in about a millisecond.
_MIN_SHARED_PARAMETERS = 30_000_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine is built from. available_memory_bytes and num_cpus are the host's, for engines on the CPU.

    num_threads None: as many of num_cpus as pay for a model of its size. max_prefill_s: PrefillPace's; None: no limit.
    """

    model: str
    device: str = "auto"
    dtype: str = "auto"
    kind: Literal["auto", "batched", "per-request"] = "auto"
    max_num_seqs: int = 32
    max_num_batched_tokens: int = 512
    max_prefill_s: float | None = 0.2
    max_model_len: int | None = None
    kv_cache_max_tokens: int | None = None
    weights: Literal["auto", "int8"] = "auto"
    cuda_graphs: bool = True
    num_threads: int | None = 1
    num_cpus: int = 1
    available_memory_bytes: int = 4 * 2**30


def build_engine(options: EngineOptions) -> Engine:
    """Load the model and put an engine around it. Takes seconds; sets torch's thread count for the process.

    Thread: any. Raises: ModelLoadError, ConfigurationError.
    """
    if options.max_num_batched_tokens <= options.max_num_seqs:
        raise ConfigurationError(
            f"max_num_batched_tokens ({options.max_num_batched_tokens}) must be greater than max_num_seqs "
            f"({options.max_num_seqs}), or prompts would never be read while all sequences run"
        )
    torch.set_num_threads(options.num_threads or options.num_cpus)
    model = load_model(options.model, device=choose_device(options.device), dtype_name=options.dtype)
    if options.num_threads is None and is_too_small_to_share(model):
        torch.set_num_threads(1)
    return engine_around(model, options)


def is_too_small_to_share(model: Any) -> bool:
    """Whether a step's products are too short to be shared among threads.

    A team of threads waits for its last one at the end of every product; beside anything else that computes, the event
    loop and its clients included, that one may be descheduled for milliseconds, hundreds of times a step.
    """
    num_parameters: int = sum(parameter.numel() for parameter in model.parameters())
    return num_parameters < _MIN_SHARED_PARAMETERS


def engine_around(model: Any, options: EngineOptions) -> Engine:
    """The engine for a model that is loaded already.

    Raises: ConfigurationError, if kind is "batched" and the model can't be, or there is no memory for one sequence.
    """
    if options.kind != "per-request":
        try:
            layers = use_our_attention(model)
        except UnsupportedArchitectureError as error:
            if options.kind == "batched":
                raise
            logger.warning("this model can't be batched (%s); it is served one request a thread", error)
        else:
            _speed_up(model, layers, options)
            return _batched(model, layers.geometry, options)
    max_len = context_length(model, options.max_model_len)
    # Several generate() calls at once only help where the work is not done by this very CPU.
    num_threads = 1 if model.device.type == "cpu" else min(4, options.max_num_seqs)
    return PerRequestEngine(model, _info(model, "per-request", max_len, num_threads), num_threads=num_threads)


def _speed_up(model: Any, layers: AttentionLayers, options: EngineOptions) -> None:
    if linear := linear_for(model, options.weights):
        speed_up(model, layers.geometry, layers.windows, linear=linear)


def _batched(model: Any, geometry: Mapping[int, LayerGeometry], options: EngineOptions) -> LLMEngine:
    max_len = context_length(model, options.max_model_len)
    is_native = runs_natively(model, geometry)
    cache_dtype = native_cache_dtype(model) if is_native else model.dtype
    per_token = sum(layer.num_bytes_per_token(cache_dtype) for layer in geometry.values())
    recorder = CudaRecorder() if model.device.type == "cuda" and options.cuda_graphs else None
    num_spare_slots = 1 if recorder else 0  # for what the padding of a graph writes
    memory = int(_free_memory_bytes(model.device, options) * _CACHE_SHARE[model.device.type])
    num_affordable = memory // per_token // max_len - num_spare_slots
    max_num_seqs = min(options.max_num_seqs, num_affordable)
    if max_num_seqs < 1:
        raise ConfigurationError(
            f"no memory for one sequence of max_model_len={max_len} tokens ({per_token} bytes each); set a lower one"
        )
    if max_num_seqs < options.max_num_seqs:
        logger.warning(
            "memory holds %d sequences of %d tokens, less than max_num_seqs=%d; a lower max_model_len allows more",
            max_num_seqs, max_len, options.max_num_seqs,
        )  # fmt: skip
    # As many places again, where memory allows, for finished chats that wait for their next turn.
    num_shelf_slots = min(max_num_seqs, num_affordable - max_num_seqs)
    cache = KVCache(
        num_slots=max_num_seqs,
        num_shelf_slots=num_shelf_slots,
        max_len=max_len,
        max_tokens=options.kv_cache_max_tokens,
    )
    scheduler = Scheduler(
        cache,
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=options.max_num_batched_tokens,
        pace=None if options.max_prefill_s is None else PrefillPace(max_prefill_s=options.max_prefill_s),
    )
    num_slots = max_num_seqs + num_shelf_slots + num_spare_slots
    kv = KVTensors(geometry, num_slots=num_slots, max_len=max_len, dtype=cache_dtype, device=model.device)
    native = NativeDecoder(model, kv) if is_native else None
    runner = ModelRunner(model, kv, recorder=recorder, num_slots=max_num_seqs, native=native)
    # A sequence longer than the whole cache could never run.
    info = _info(model, "batched", min(max_len, cache.max_tokens), max_num_seqs)
    return LLMEngine(runner, scheduler, info)


def _info(model: Any, kind: Literal["batched", "per-request"], max_len: int, max_num_seqs: int) -> EngineInfo:
    return EngineInfo(
        kind=kind,
        vocab_size=model.config.get_text_config().vocab_size,
        max_model_len=max_len,
        max_num_seqs=max_num_seqs,
        eos_token_ids=eos_token_ids(model),
        device=str(model.device),
        dtype=str(model.dtype).removeprefix("torch."),
    )


def _free_memory_bytes(device: torch.device, options: EngineOptions) -> int:
    if device.type == "cuda":
        torch.cuda.empty_cache()  # what loading has left in torch's hands is free too
        return torch.cuda.mem_get_info(device)[0]
    return options.available_memory_bytes
