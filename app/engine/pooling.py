"""How an encoder's hidden states become one vector: read from the files that sentence-transformers writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers.utils.hub import cached_file

from app.errors import ModelLoadError

_SUPPORTED = ("mean", "cls")


@dataclass(frozen=True, slots=True)
class Pooling:
    """is_mean: of all tokens, else the first one's state. max_len: tokens of an input, if the files say so.

    Without the files: the mean, normalised, as OpenAI's embeddings are.
    """

    is_mean: bool = True
    is_normalised: bool = True
    max_len: int | None = None


def read_pooling(model: str) -> Pooling:
    """Return what the model's files ask for. Raises: ModelLoadError, for what can't be done as they ask."""
    modules = _read(model, "modules.json")
    if modules is None:
        return Pooling()
    kinds = {str(module["type"]).rpartition(".")[2]: str(module["path"]) for module in modules}
    if unknown := kinds.keys() - {"Transformer", "Pooling", "Normalize"}:
        raise ModelLoadError(f"embedding model '{model}' has a module that is not supported: {sorted(unknown)[0]}")
    text = _read(model, "sentence_bert_config.json") or {}
    if text.get("do_lower_case"):
        raise ModelLoadError(f"embedding model '{model}' asks for do_lower_case, which is not supported")
    return Pooling(
        is_mean=_mode(model, kinds.get("Pooling")) == "mean",
        is_normalised="Normalize" in kinds,
        max_len=text.get("max_seq_length"),
    )


def _mode(model: str, folder: str | None) -> str:
    """ "mean" or "cls". Older files have a switch for each mode, newer ones one name."""
    config = _read(model, f"{folder}/config.json") if folder else None
    if config is None:
        return "mean"
    switches = {
        name.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token"): is_on
        for name, is_on in config.items()
        if name.startswith("pooling_mode_")
    }
    modes: list[str] = [name for name, is_on in switches.items() if is_on] or [str(config.get("pooling_mode", "mean"))]
    if len(modes) != 1 or modes[0] not in _SUPPORTED:
        raise ModelLoadError(
            f"embedding model '{model}' pools by {', '.join(modes)}; supported are {' and '.join(_SUPPORTED)}"
        )
    return modes[0]


def _read(model: str, name: str) -> Any:
    """A file of the model as JSON; None if it has none of that name. Raises: ModelLoadError."""
    try:
        path = cached_file(model, name, _raise_exceptions_for_missing_entries=False)
        return None if path is None else json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"{name} of embedding model '{model}' can't be read ({type(error).__name__})") from error
