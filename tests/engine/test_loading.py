"""Models from folders: what loads, and what is refused with a word that helps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.engine.loading import choose_device, choose_dtype, context_length, eos_token_ids, load_model
from app.errors import ConfigurationError, ModelLoadError
from tests.engine.references import generate, greedy
from tests.engine.tiny_models import copy_model, make_config, make_prompts

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy_model("llama").save_pretrained(tmp_path)
    return tmp_path


def load(folder: Path | str, dtype_name: str = "float32") -> Any:
    return load_model(str(folder), device=CPU, dtype_name=dtype_name)


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_saved_model_loads_and_answers_as_before(folder: Path) -> None:
    model = load(folder)
    prompt = make_prompts([12])[0]
    assert not model.training
    assert generate(model, prompt, 8) == greedy("llama", prompt, 8)


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_dtype_is_as_asked(folder: Path, name: str) -> None:
    assert load(folder, name).dtype == getattr(torch, name)


def test_auto_takes_the_checkpoints_dtype(folder: Path) -> None:
    assert load(folder, "auto").dtype == torch.float32


def test_auto_takes_half_precision_only_where_the_cpu_is_fast_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config("llama")
    config.dtype = torch.float16
    for is_fast, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda is_fast=is_fast: is_fast)
        assert choose_dtype("auto", config, CPU) == expected
    assert choose_dtype("auto", config, torch.device("meta")) == torch.float16


def test_unknown_dtype_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="int3"):
        choose_dtype("int3", make_config("llama"), CPU)


def test_auto_device_is_one_that_exists() -> None:
    torch.zeros(1, device=choose_device("auto"))
    assert choose_device("cpu") == CPU


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'cuda' was asked for"):
        choose_device("cuda")


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "nothing", "a/b/c"])
def test_missing_folder_is_refused_before_any_network(name: str) -> None:
    with pytest.raises(ModelLoadError, match="neither a folder nor a hub id"):
        load(name)


def test_folder_without_config_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ModelLoadError, match=r"no config\.json"):
        load(folder)


def test_pickled_weights_are_never_read(folder: Path) -> None:
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelLoadError, match="pickled weights are never loaded"):
        load(folder)


def test_unknown_architecture_is_refused(folder: Path) -> None:
    edit_config(folder, model_type="nobody_knows")
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)


def test_code_that_comes_with_a_model_is_never_run(folder: Path) -> None:
    edit_config(folder, model_type="own", auto_map={"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"})
    proof = folder / "was_run"
    (folder / "own.py").write_text(f"open({str(proof)!r}, 'w').close()\n")
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)
    assert not proof.exists()


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\xff" * 64])
def test_corrupt_weights_are_refused(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)


def test_truncated_weights_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)


def test_config_that_is_not_json_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)


def test_missing_weights_are_refused_instead_of_invented(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    del tensors[name]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match=name):
        load(folder)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    edit_config(folder, intermediate_size=64)
    with pytest.raises(ModelLoadError, match="can't be loaded"):
        load(folder)


def test_tied_embeddings_are_not_missing(tmp_path: Path) -> None:
    config = make_config("llama")
    config.tie_word_embeddings = True
    model = type(copy_model("llama"))(config)
    model.save_pretrained(tmp_path)
    loaded = load(tmp_path)
    assert loaded.lm_head.weight.data_ptr() == loaded.get_input_embeddings().weight.data_ptr()


def test_end_tokens_come_from_the_generation_config_first() -> None:
    model = copy_model("llama")
    assert eos_token_ids(model) == {2}
    model.generation_config.eos_token_id = 5
    assert eos_token_ids(model) == {5}
    model.generation_config.eos_token_id = [5, 6]
    assert eos_token_ids(model) == {5, 6}
    model.generation_config.eos_token_id = model.config.eos_token_id = None
    assert eos_token_ids(model) == frozenset()


def test_context_is_the_models_or_a_lower_limit() -> None:
    model = copy_model("llama")
    assert context_length(model, None) == 256
    assert context_length(model, 100) == 100
    assert context_length(model, 1000) == 256
    assert context_length(copy_model("gpt2"), None) == 256


def test_long_rope_is_used_only_up_to_where_its_frequencies_change() -> None:
    model = copy_model("phi3")
    model.config.rope_parameters = {"rope_type": "longrope", "original_max_position_embeddings": 64}
    assert context_length(model, None) == 64
