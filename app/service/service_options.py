"""The settings that a service needs, and what each of its parts gets of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.concurrency.host import available_memory_bytes, num_usable_cpus
from app.engine.encoder import EncoderOptions
from app.engine.factory import EngineOptions
from app.service.embeddings import EmbeddingOptions
from app.service.placing import PlacingOptions
from app.service.text_encoder import PromptOptions


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """Under their names in Settings."""

    model: str
    served_model_name: str
    device: str
    dtype: str
    weights: Literal["auto", "int8"]
    engine: Literal["auto", "batched", "per-request"]
    cuda_graphs: bool
    max_num_seqs: int
    max_num_batched_tokens: int
    max_prefill_ms: float
    max_model_len: int | None
    kv_cache_max_tokens: int | None
    num_engine_threads: int | None
    engine_stall_s: float
    engine_failure: Literal["exit", "rebuild"]
    max_accepted_requests: int
    max_accepted_tokens: int
    request_timeout_s: float
    default_max_tokens: int
    num_tokenizer_threads: int
    num_tokenizer_processes: int
    tokenize_thread_min_chars: int | None
    tokenize_process_min_chars: int | None
    tokenize_timeout_s: float
    cache_folder: str | None
    faults: float
    embedding_model: str | None
    embedding_max_batch_tokens: int

    def for_engine(self) -> EngineOptions:
        """What the engine is built from; the host's limits are read now."""
        return EngineOptions(
            model=self.model,
            device=self.device,
            dtype=self.dtype,
            weights=self.weights,
            kind=self.engine,
            max_num_seqs=self.max_num_seqs,
            max_num_batched_tokens=self.max_num_batched_tokens,
            max_prefill_s=self.max_prefill_ms / 1000,
            max_model_len=self.max_model_len,
            kv_cache_max_tokens=self.kv_cache_max_tokens,
            cuda_graphs=self.cuda_graphs,
            num_threads=self.num_engine_threads,
            num_cpus=num_usable_cpus(),
            available_memory_bytes=available_memory_bytes(),
        )

    def for_prompts(self) -> PromptOptions:
        """The tokenizer's threads and processes."""
        return PromptOptions(
            num_threads=self.num_tokenizer_threads,
            num_processes=self.num_tokenizer_processes,
            process_timeout_s=self.tokenize_timeout_s,
        )

    def for_placing(self) -> PlacingOptions:
        """Where texts of which size are tokenized."""
        return PlacingOptions(self.tokenize_thread_min_chars, self.tokenize_process_min_chars, self.cache_folder)

    def for_embeddings(self) -> EmbeddingOptions | None:
        """The second model and its limits, which are a server's once more; None where there is none."""
        if self.embedding_model is None:
            return None
        return EmbeddingOptions(
            encoder=EncoderOptions(
                model=self.embedding_model,
                device=self.device,
                dtype=self.dtype,
                num_threads=self.num_engine_threads or num_usable_cpus(),
            ),
            prompts=self.for_prompts(),
            placing=self.for_placing(),
            max_batch_tokens=self.embedding_max_batch_tokens,
            max_requests=self.max_accepted_requests,
            max_tokens=self.max_accepted_tokens,
            timeout_s=self.request_timeout_s,
            stall_s=self.engine_stall_s,
        )
