"""Every limit of the service, its unit in its name. Nothing else reads the environment.

Each field is set by the environment variable UNBLOCKED_<NAME> (or a .env file), e.g. UNBLOCKED_MAX_NUM_SEQS=64.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

PREFIX = "UNBLOCKED_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Not ours and no mistakes: the load tests' key, and what Kubernetes tells every container of a Service named unblocked.
_OTHERS = re.compile(r"load_key|service_host|service_port(_\w+)?|port_\d+_(tcp|udp|sctp)(_\w+)?")


class Settings(BaseSettings):
    """The configuration of one process, frozen once read."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    # the model
    model: str = Field("models/tutor", description="A folder with a transformers model, or a hub id (Qwen/Qwen3-0.6B).")
    served_model_name: str | None = Field(None, description="The name on the wire; by default the last part of model.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where the model runs.")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field("auto", description="auto: as in the checkpoint.")
    weights: Literal["auto", "int8"] = Field("auto", description="int8: half the memory traffic on a CPU, less exact.")

    # the engine
    engine: Literal["auto", "batched", "per-request"] = Field("auto", description="auto: batched where it can be.")
    cuda_graphs: bool = Field(True, description="On a GPU: record decode steps as graphs and replay them.")
    max_num_seqs: int = Field(32, ge=1, le=1024, description="Sequences that run at the same time.")
    max_num_batched_tokens: int = Field(512, ge=16, le=65536, description="Tokens in one step, all sequences together.")
    max_prefill_ms: float = Field(
        200.0, ge=0, description="What prompts may add to a step beside decodes; or as long as these take, if longer."
    )
    max_model_len: int | None = Field(None, ge=16, description="Context limit in tokens; by default the model's own.")
    kv_cache_max_tokens: int | None = Field(None, ge=16, description="Tokens the KV cache holds; default: from memory.")
    num_engine_threads: int | None = Field(
        None, ge=1, le=256, description="torch threads; default: by CPUs and model size."
    )

    engine_stall_s: float = Field(60.0, gt=0, description="An engine that is longer in one step is given up.")
    engine_failure: Literal["exit", "rebuild"] = Field(
        "exit",
        description="When it dies or stalls: the process exits with 1, or builds it anew once.",
    )

    # embeddings
    embedding_model: str | None = Field(
        None, description="A second model for /v1/embeddings: a folder or a hub id (sentence-transformers/...)."
    )
    embedding_max_batch_tokens: int = Field(2048, ge=16, description="Tokens of one of its batches, padding counted.")

    # admission
    max_accepted_requests: int = Field(256, ge=1, description="Accepted requests, running and waiting.")
    max_accepted_tokens: int = Field(262_144, ge=16, description="Their prompt and output tokens together.")
    request_timeout_s: float = Field(120.0, gt=0, description="Time limit of a request from its acceptance.")
    default_max_tokens: int = Field(512, ge=1, description="max_tokens of a request that names none.")

    # tokenizing
    num_tokenizer_threads: int = Field(2, ge=1, le=64, description="Threads for normal prompts, one tokenizer each.")
    num_tokenizer_processes: int = Field(1, ge=1, le=64, description="Worker processes for large tokenizing jobs.")
    tokenize_thread_min_chars: int | None = Field(
        None, ge=0, description="From here on a thread, inline below; default: measured."
    )
    tokenize_process_min_chars: int | None = Field(
        None, ge=1, description="From here on a worker process; default: measured."
    )
    tokenize_timeout_s: float = Field(60.0, gt=0, description="Time limit of one job in a worker process.")

    # who may ask
    api_keys_file: str | None = Field(None, description="A file with one API key's line a line: see python -m app key.")
    api_keys: str = Field("", description="The same lines, parted by commas. No key at all: nobody needs one.")
    requests_per_minute: int | None = Field(None, ge=1, description="Of each API key; a key's line may say otherwise.")
    tokens_per_minute: int | None = Field(None, ge=1, description="Of each API key, prompt and output together.")
    trusted_hosts: str = Field("", description="Host names served, by commas: a.b, *.b, *. IPs and localhost always.")
    cors_origins: str = Field(
        "", description="Origins of web pages that may ask, by commas, such as https://a.b; or *."
    )
    metrics_without_key: bool = Field(False, description="Serve /metrics to those who have no API key, too.")

    # the edge
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    max_body_bytes: int = Field(33_554_432, ge=1024, description="Largest request body; real bytes are counted.")
    unknown_fields: Literal["refuse", "ignore"] = Field(
        "refuse",
        description="Fields of a request that nobody knows; what is known and not supported is always refused.",
    )
    body_timeout_s: float = Field(60.0, gt=0, description="A whole request body must have come by then.")
    header_timeout_s: float = Field(10.0, gt=0, description="A connection must have sent whole headers by then.")
    send_stall_timeout_s: float = Field(30.0, gt=0, description="A client that takes nothing so long is cut off.")
    max_connections: int = Field(2048, ge=1, le=1_000_000, description="Beyond it those that only wait are closed.")
    sse_ping_interval_s: float = Field(15.0, gt=0, description="A comment this often keeps proxies from closing.")
    drain_timeout_s: float = Field(30.0, ge=0, description="Time that accepted requests get after SIGTERM.")
    num_shared_threads: int = Field(8, ge=1, le=256, description="Threads of the loop's executor, lanes not counted.")

    # extras
    cache_folder: str | None = Field(
        None,
        description="What was measured on this host is kept here; default: unblocked in $XDG_CACHE_HOME, ~/.cache.",
    )
    lab_enabled: bool = Field(False, description="Serve /lab: endpoints that block the event loop on purpose.")
    loop_hold_log_ms: float = Field(
        250.0, ge=0, description="An event loop held so long is logged, with the code that held it; 0: none is."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="One line per record, for people or machines.")
    faults: float = Field(0.0, ge=0, le=1, description="For tests: how often each stage of a request fails on purpose.")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def has_api_keys(self) -> bool:
        """Whether only those who have a key are let in."""
        return bool(self.api_keys or self.api_keys_file)

    @property
    def is_guarded(self) -> bool:
        """Whether strangers are kept out: by API keys, or because only this machine can connect."""
        return self.has_api_keys or self.is_local

    @property
    def cache_path(self) -> str:
        """The cache's folder, whether it exists or not."""
        return self.cache_folder or os.path.join(
            os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "unblocked"
        )

    @model_validator(mode="after")
    def _keep_faults_at_home(self) -> Self:
        if self.faults and self.host not in _LOOPBACK:
            raise ValueError("faults are injected only into a server that listens on 127.0.0.1")
        return self


def unknown_variables() -> dict[str, str | None]:
    """Return what has our prefix, in the environment or .env, and sets nothing, each with the nearest that would."""
    fields = Settings.model_fields
    found: dict[str, str | None] = {}
    for source in (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings)):
        for variable in source.env_vars:  # in lower case, as pydantic-settings compares them
            name = variable.removeprefix(PREFIX.lower())
            if name != variable and name not in fields and not _OTHERS.fullmatch(name):
                near = difflib.get_close_matches(name, fields, n=1)
                found[variable.upper()] = f"{PREFIX}{near[0].upper()}" if near else None
    return found
