"""Find and load a transformers model: safetensors only, none of its own code, on the device and dtype asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig
from transformers.utils.logging import disable_progress_bar

from app.errors import ConfigurationError, ModelLoadError

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" takes CUDA, then MPS, then the CPU. Raises: ConfigurationError."""
    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        name = "cuda" if has_cuda else "mps" if has_mps else "cpu"
    if (name == "cuda" and not has_cuda) or (name == "mps" and not has_mps):
        raise ConfigurationError(f"device '{name}' was asked for, but torch {torch.__version__} does not see one")
    return torch.device(name)


def choose_dtype(name: str, config: Any, device: torch.device) -> torch.dtype:
    """The dtype of that name; "auto" takes the checkpoint's, unless this CPU has no fast arithmetic for it.

    Raises: ConfigurationError.
    """
    if name != "auto":
        if name not in _DTYPES:
            raise ConfigurationError(f"dtype must be auto or one of {', '.join(_DTYPES)}, got '{name}'")
        return _DTYPES[name]
    stored = getattr(config, "dtype", None) or torch.float32
    if device.type == "cpu" and stored != torch.float32:
        # Without avx512_bf16 (or AMX, which implies it) a bfloat16 product is slower than a float32 one.
        return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
    return stored if isinstance(stored, torch.dtype) else torch.float32


def load_model(
    name: str, *, device: torch.device, dtype_name: str, kind: Any = AutoModelForCausalLM, unused: str | None = None
) -> Any:
    """Load a model for inference; returns a transformers PreTrainedModel in eval mode.

    name: a folder, or a hub id (which the Hugging Face libraries download and cache). kind: transformers' class that
    loads it. unused: what the names of weights begin with that may be missing.
    Raises: ModelLoadError, saying what is wrong with the folder or the id.
    """
    check_source(name)
    disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        model, report = kind.from_pretrained(
            name,
            config=config,
            dtype=choose_dtype(dtype_name, config, device),
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelLoadError(f"model '{name}' can't be loaded: {_first_line(error)}") from error
    if missing := sorted(key for key in report["missing_keys"] if unused is None or not key.startswith(unused)):
        # transformers only warns, and fills them with random numbers.
        raise ModelLoadError(f"model '{name}' lacks {len(missing)} of its weights, for one {missing[0]}")
    return model.to(device).eval()


def check_source(name: str) -> None:
    """Refuse what can't be a safe model before anything is read. Raises: ModelLoadError."""
    folder = Path(name)
    if not folder.is_dir():
        if folder.is_absolute() or name.startswith(".") or name.count("/") != 1:
            raise ModelLoadError(f"model '{name}' is neither a folder nor a hub id such as Qwen/Qwen3-0.6B")
        return
    if not (folder / "config.json").is_file():
        raise ModelLoadError(f"model folder '{name}' has no config.json")
    if not any(folder.glob("*.safetensors")):
        raise ModelLoadError(
            f"model folder '{name}' has no .safetensors file; pickled weights are never loaded "
            "(convert them with save_pretrained, which writes safetensors)"
        )


def eos_token_ids(model: Any) -> frozenset[int]:
    """Every id that ends an answer, from the generation config or else the model's."""
    generation: GenerationConfig | None = getattr(model, "generation_config", None)
    found = getattr(generation, "eos_token_id", None)
    if found is None:
        found = model.config.get_text_config().eos_token_id
    if found is None:
        return frozenset()
    return frozenset(found) if isinstance(found, list) else frozenset([found])


def context_length(model: Any, limit: int | None) -> int:
    """Tokens that prompt and answer may have together: the model's own maximum, or `limit` if that is lower.

    Where the positions' frequencies would change with the length of the batch (dynamic and long rope), only the
    length before that change is used: a batch has many lengths.
    """
    config = model.config.get_text_config()
    longest = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None) or 2048
    rope = getattr(config, "rope_parameters", None) or {}
    if isinstance(rope, dict) and rope.get("rope_type") == "longrope":
        longest = min(longest, rope.get("original_max_position_embeddings") or longest)
    return min(longest, limit or longest)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
