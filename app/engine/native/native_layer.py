"""A decoder layer of the Llama family as one call, and all of them with the head as one.

Layers are recognised and tried like the fused ones (see fused_layer.py, cpu_layers.py). A layer that differs stays as
it is, and then the model's own forward pass calls the others one by one.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import nn

from app.engine.forward_batch import ForwardBatch, active_batch
from app.engine.kv_cache import PrefixCopy
from app.engine.kv_tensors import KVTensors
from app.engine.native.library import FLOAT16, FLOAT32, BatchStruct, DecoderStruct, LayerStruct, Library
from app.engine.native.native_linear import NativeLinear


class NativeLayer(nn.Module):
    """Stands in for one decoder layer. Runs only inside a step: it attends to the thread's active batch."""

    def __init__(self, layer: Any, window: int | None, *, linear: type[NativeLinear]) -> None:
        """Raises: ValueError, if the shapes are not those of a Llama layer, which the library takes for granted."""
        super().__init__()
        attention, mlp = layer.self_attn, layer.mlp
        self.layer_idx: int = attention.layer_idx
        head_dim: int = attention.head_dim
        self._qkv = linear.over([attention.q_proj, attention.k_proj, attention.v_proj])
        self._out = linear.over([attention.o_proj])
        self._gate_up = linear.in_turns([mlp.gate_proj, mlp.up_proj])
        self._down = linear.over([mlp.down_proj])
        norms = (layer.input_layernorm, layer.post_attention_layernorm)
        head_norms = (getattr(attention, "q_norm", None), getattr(attention, "k_norm", None))
        self._norms = [None if norm is None else norm.weight.detach().float() for norm in (*norms, *head_norms)]
        pointers = [None if norm is None else norm.data_ptr() for norm in self._norms]
        self.struct = LayerStruct(
            qkv=self._qkv.struct, out=self._out.struct, gate_up=self._gate_up.struct, down=self._down.struct,
            input_norm=pointers[0], mlp_norm=pointers[1], query_norm=pointers[2], key_norm=pointers[3],
            hidden=self._qkv.in_features, num_heads=attention.q_proj.out_features // head_dim,
            num_kv_heads=attention.k_proj.out_features // head_dim, head_dim=head_dim,
            window=window or 0, is_rotated=bool(getattr(attention, "use_rope", True)), scale=attention.scaling,
            input_epsilon=norms[0].variance_epsilon, mlp_epsilon=norms[1].variance_epsilon,
            head_epsilon=getattr(head_norms[0], "variance_epsilon", 0.0),
        )  # fmt: skip
        found = self.struct
        sizes = (found.hidden, found.hidden, head_dim, head_dim)
        if (
            found.qkv.width != (found.num_heads + 2 * found.num_kv_heads) * head_dim
            or found.out.depth != found.num_heads * head_dim
            or found.out.width != found.hidden
            or found.num_heads % found.num_kv_heads
            or found.gate_up.width != 2 * found.down.depth
            or any(norm is not None and norm.numel() != size for norm, size in zip(self._norms, sizes, strict=True))
        ):
            raise ValueError("its shapes are not a Llama layer's")

    def forward(
        self, hidden_states: torch.Tensor, *, position_embeddings: tuple[torch.Tensor, torch.Tensor], **_: Any
    ) -> torch.Tensor:
        """[1, T, hidden] to [1, T, hidden]. Thread: the engine thread, within `attending_to`."""
        batch: ForwardBatch = active_batch()
        self.attend_in(batch.kv)
        x = hidden_states[0].clone()
        cos, sin = (_rotary_table(table, self.struct.head_dim) for table in position_embeddings)
        rows = torch.arange(x.shape[0])
        decoder = DecoderStruct(layers=ctypes.pointer(self.struct), num_layers=1)
        _step(self._qkv.library, decoder, batch, x, rows, cos, sin, None)
        return x[None]

    def attend_in(self, kv: KVTensors) -> None:
        """Take that cache for the steps to come."""
        keys = kv.keys[self.layer_idx]
        self.struct.cache_kind = FLOAT16 if keys.dtype == torch.float16 else FLOAT32
        self.struct.keys = keys.data_ptr()
        self.struct.values = kv.values[self.layer_idx].data_ptr()
        self.struct.max_len = kv.max_len


class NativeDecoder:
    """All layers, the last norm and the head of a model, as one call without the interpreter lock."""

    def __init__(self, model: Any, kv: KVTensors) -> None:
        """The model's layers must be native ones all, and its head a NativeLinear."""
        decoder = model.get_decoder()
        self._embed = decoder.embed_tokens
        layers: list[NativeLayer] = list(decoder.layers)
        for layer in layers:
            layer.attend_in(kv)
        self._library = model.lm_head.library
        self._kept = (layers, kv, model.lm_head)  # what the structs point to
        self._norm = decoder.norm.weight.detach().float()
        self._structs = (LayerStruct * len(layers))(*(layer.struct for layer in layers))
        self._struct = DecoderStruct(
            layers=self._structs, num_layers=len(layers), norm=self._norm.data_ptr(), head=model.lm_head.struct,
            epsilon=decoder.norm.variance_epsilon,
        )  # fmt: skip
        self._vocab_size: int = model.lm_head.out_features
        # positions that change with the length of a batch are not served: see loading.context_length
        positions = torch.arange(kv.max_len)[None]
        tables = decoder.rotary_emb(self._norm.new_zeros((1, 1, 1)), positions)
        self._cos, self._sin = (_rotary_table(table, layers[0].struct.head_dim) for table in tables)

    def copy_prefix(self, copy: PrefixCopy) -> None:
        """KVTensors' own, which takes 24 operations of torch where a model has 12 layers. Thread: the engine thread."""
        count = copy.num_tokens - copy.first_token
        self._library.copy_tokens(self._struct, copy.from_slot, copy.to_slot, copy.first_token, count)

    def logits(self, batch: ForwardBatch) -> torch.Tensor:
        """[num_logits, vocab] float32. Thread: the engine thread. Writes the batch's keys and values."""
        x: torch.Tensor = self._embed(batch.input_ids[0])
        logits = x.new_empty((batch.logit_tokens.shape[0], self._vocab_size))
        _step(self._library, self._struct, batch, x, batch.positions, self._cos, self._sin, logits)
        return logits


def _rotary_table(table: torch.Tensor, head_dim: int) -> torch.Tensor:
    """[1, rows, head_dim] as the library reads it. Raises: ValueError, for a width that it does not expect."""
    if table.shape[-1] != head_dim:
        raise ValueError("its rotary table has another width than its heads")
    return table[0].float().contiguous()


def _step(
    library: Library,
    decoder: DecoderStruct,
    batch: ForwardBatch,
    x: torch.Tensor,
    rotary_rows: torch.Tensor,
    cos: torch.Tensor,
    sin: torch.Tensor,
    logits: torch.Tensor | None,
) -> None:
    """Compute a batch's x in place, and its logits."""
    num_decodes = sum(run.num_seqs for run in batch.decode_runs)
    pieces = [(0, num_decodes, 0)] if num_decodes else []
    pieces += [(chunk.first_token, chunk.end - chunk.start, 1) for chunk in batch.chunks]
    laid_out = torch.tensor(pieces, dtype=torch.int64)
    library.step(decoder, BatchStruct(
        num_tokens=x.shape[0], num_pieces=len(pieces), num_logits=0 if logits is None else logits.shape[0],
        slots=batch.slots.data_ptr(), positions=batch.positions.data_ptr(), pieces=laid_out.data_ptr(),
        logit_tokens=batch.logit_tokens.data_ptr(), rotary_rows=rotary_rows.data_ptr(),
        cos=cos.data_ptr(), sin=sin.data_ptr(), x=x.data_ptr(),
        logits=None if logits is None else logits.data_ptr(),
    ))  # fmt: skip
