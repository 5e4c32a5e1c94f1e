"""The compiled decoder as Python sees it: its structs, field by field as in decoder.c, and its functions."""

from __future__ import annotations

import ctypes
import threading
from ctypes import POINTER, Structure, c_float, c_int64, c_void_p
from functools import cache
from typing import Any

import torch

from app.engine.native import build

FLOAT32, BFLOAT16, FLOAT16, INT8 = range(4)


class LinearStruct(Structure):
    _fields_ = (
        ("weight", c_void_p), ("scale", c_void_p), ("bias", c_void_p),
        ("kind", c_int64), ("width", c_int64), ("depth", c_int64),
    )  # fmt: skip


class LayerStruct(Structure):
    _fields_ = (
        ("qkv", LinearStruct), ("out", LinearStruct), ("gate_up", LinearStruct), ("down", LinearStruct),
        ("input_norm", c_void_p), ("mlp_norm", c_void_p), ("query_norm", c_void_p), ("key_norm", c_void_p),
        ("keys", c_void_p), ("values", c_void_p), ("cache_kind", c_int64),
        ("hidden", c_int64), ("num_heads", c_int64), ("num_kv_heads", c_int64), ("head_dim", c_int64),
        ("max_len", c_int64), ("window", c_int64), ("is_rotated", c_int64),
        ("input_epsilon", c_float), ("mlp_epsilon", c_float), ("head_epsilon", c_float), ("scale", c_float),
    )  # fmt: skip


class BatchStruct(Structure):
    _fields_ = (
        ("num_tokens", c_int64), ("num_pieces", c_int64), ("num_logits", c_int64),
        ("slots", c_void_p), ("positions", c_void_p), ("pieces", c_void_p), ("logit_tokens", c_void_p),
        ("rotary_rows", c_void_p), ("cos", c_void_p), ("sin", c_void_p),
        ("x", c_void_p), ("logits", c_void_p), ("space", c_void_p),
    )  # fmt: skip


class DecoderStruct(Structure):
    _fields_ = (
        ("layers", POINTER(LayerStruct)), ("num_layers", c_int64),
        ("norm", c_void_p), ("head", LinearStruct), ("epsilon", c_float),
    )  # fmt: skip


class Library:
    """The functions, called without the interpreter lock. Thread: any; one call at a time computes, others wait."""

    def __init__(self, functions: Any) -> None:
        self._functions = functions
        functions.team_new.restype = c_void_p
        functions.team_new.argtypes = (c_int64,)
        functions.panel_columns.restype = c_int64
        functions.space_needed.restype = c_int64
        functions.space_needed.argtypes = (c_void_p, POINTER(DecoderStruct), POINTER(BatchStruct))
        functions.decoder_step.restype = None
        functions.decoder_step.argtypes = (c_void_p, POINTER(DecoderStruct), POINTER(BatchStruct))
        functions.copy_tokens.restype = None
        functions.copy_tokens.argtypes = (POINTER(DecoderStruct), c_int64, c_int64, c_int64, c_int64)
        functions.linear_rows.restype = None
        functions.linear_rows.argtypes = (c_void_p, POINTER(LinearStruct), c_void_p, c_void_p, c_int64, c_void_p)
        self.panel_columns: int = functions.panel_columns()
        self._lock = threading.Lock()
        self._teams: dict[int, int] = {}
        self._space = torch.empty(0, dtype=torch.float32)

    def step(self, decoder: DecoderStruct, batch: BatchStruct) -> None:
        """Compute a batch; its x and logits are written. The batch's `space` is filled in here."""
        with self._lock:
            team = self._team()
            batch.space = self._at_least(self._functions.space_needed(team, decoder, batch))
            self._functions.decoder_step(team, decoder, batch)

    def copy_tokens(self, decoder: DecoderStruct, from_slot: int, to_slot: int, first: int, count: int) -> None:
        """Copy what the cache holds of some tokens, in all layers, to the same places of another slot."""
        self._functions.copy_tokens(decoder, from_slot, to_slot, first, count)

    def linear(self, linear: LinearStruct, x: torch.Tensor, out: torch.Tensor) -> None:
        """out[rows, width] = x[rows, depth] times the weights; both contiguous float32."""
        with self._lock:
            space = self._at_least(x.shape[0] * (x.shape[1] // 2 + 1))
            self._functions.linear_rows(self._team(), linear, x.data_ptr(), out.data_ptr(), x.shape[0], space)

    def _at_least(self, num_floats: int) -> int:
        """The address of scratch space, kept from step to step."""
        if self._space.numel() < num_floats:
            self._space = torch.empty(num_floats, dtype=torch.float32)
        return self._space.data_ptr()

    def _team(self) -> int:
        """As many threads as torch has now; they sleep between steps, and live as long as the process."""
        num_threads = torch.get_num_threads()
        if num_threads not in self._teams:
            team = self._functions.team_new(num_threads)
            if not team:
                raise MemoryError("no memory for a team of threads")
            self._teams[num_threads] = team
        return self._teams[num_threads]


_mine = threading.local()


def library() -> Library | None:
    """The build for this CPU, with threads and scratch space of the calling thread's own; None if there is no build.

    An engine is made on the thread that runs it. So one that hangs in a step, and is given up, holds no other's lock.
    """
    if not hasattr(_mine, "library"):
        functions = _functions()
        _mine.library = None if functions is None else Library(functions)
    found: Library | None = _mine.library
    return found


@cache
def _functions() -> Any:
    name = instruction_set()
    path = build.path_of(name) if name else None
    return ctypes.CDLL(str(path)) if path and path.exists() else None


def instruction_set() -> str | None:
    """The name of the fastest build that this CPU can run, whether it is there or not; None: it can run none."""
    capability = torch.backends.cpu.get_cpu_capability().lower()
    usable = {"any", capability} | ({"avx2"} if capability.startswith("avx512") else set())
    return next((name for name in build.instruction_sets() if name in usable), None)
