"""A whole step in C: when it is taken, what else than this CPU's build computes, and what the cache is made of."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine.llm_engine import LLMEngine
from app.engine.native import build, native_layer, native_linear
from app.engine.native.library import Library, instruction_set, library
from app.engine.native.native_layer import NativeLayer
from app.engine.native.native_linear import NativeInt8Linear, NativeLinear
from tests.engine.drive import Drive, WatchedRunner, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.test_parity import LOGIT_TOLERANCE, run_crowd
from tests.engine.tiny_models import copy_model, make_config, make_prompts, randomize

_PROMPTS = make_prompts([40, 3, 17, 9])
_NATIVE = ["llama", "qwen2", "qwen3", "mistral", "granite", "smollm3"]


def logits_of(engine: LLMEngine, prompts: list[list[int]] = _PROMPTS) -> dict[tuple[str, int], torch.Tensor]:
    """The logits of every sampled token, by request and position."""
    drive, watched = Drive(engine), WatchedRunner(engine)
    for number, prompt in enumerate(prompts):
        drive.add(str(number), prompt, greedy_params(8))
    drive.finish()
    return {(name, position): logits for name, position, logits in watched.logits}


def is_native(engine: LLMEngine) -> bool:
    return engine.runner._native is not None


@pytest.mark.parametrize("architecture", _NATIVE)
def test_the_llama_family_runs_natively(architecture: str) -> None:
    assert is_native(make_engine(architecture))


@pytest.mark.parametrize("architecture", ["gemma2", "phi3", "gpt2", "mixtral"])
def test_other_families_run_themselves(architecture: str) -> None:
    assert not is_native(make_engine(architecture))


def test_a_model_that_does_more_than_its_layers_runs_itself_over_native_layers() -> None:
    config = make_config("granite")
    config.logits_scaling, config.embedding_multiplier = 4.0, 3.0
    engine = make_engine(model=randomize(config, 0.25, 1))
    assert not is_native(engine)
    assert all(isinstance(layer, NativeLayer) for layer in engine.runner.model.model.layers)


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "mistral"])
def test_a_token_is_the_same_to_the_last_bit_alone_and_in_a_crowd(architecture: str) -> None:
    options = {"max_num_batched_tokens": 64, "max_num_seqs": 8}
    together = logits_of(make_engine(architecture, **options))
    for number, prompt in enumerate(_PROMPTS):
        alone = logits_of(make_engine(architecture, **options), [prompt])
        for (_, position), logits in alone.items():
            assert torch.equal(logits, together[str(number), position]), f"prompt {number}, token {position}"


@pytest.mark.parametrize("kind", [NativeLinear, NativeInt8Linear])
@pytest.mark.parametrize("architecture", ["llama", "mistral"])
def test_keys_and_values_of_16_bit_weights_are_kept_in_float16(architecture: str, kind: type[NativeLinear]) -> None:
    def make(dtype: torch.dtype) -> LLMEngine:
        model = copy_model(architecture).to(torch.bfloat16).float()
        weights = "int8" if kind is NativeInt8Linear else "auto"
        engine = make_engine(model=model, weights=weights)
        if dtype == torch.float32:  # the same engine with a cache that loses nothing
            kv = engine.runner.kv
            for tensors in (kv.keys, kv.values):
                for layer, tensor in tensors.items():
                    tensors[layer] = torch.zeros(tensor.shape)
            engine.runner._native = native_layer.NativeDecoder(engine.runner.model, kv)
        return engine

    small, exact = make(torch.float16), make(torch.float32)
    assert {tensor.dtype for tensor in small.runner.kv.keys.values()} == {torch.float16}
    found, expected = logits_of(small), logits_of(exact)
    first = {key for key in expected if key[1] < len(_PROMPTS[int(key[0])])}  # later ones follow what was sampled
    assert len(first) == len(_PROMPTS)
    for key in first:
        assert (found[key] - expected[key]).norm() < 5e-3 * expected[key].norm()
        assert not torch.equal(found[key], expected[key])


def test_what_float16_can_not_hold_is_kept_as_its_largest() -> None:
    model = copy_model("qwen2").to(torch.bfloat16).float()
    for layer in model.model.layers:
        layer.self_attn.v_proj.bias.data.fill_(1e6)
    logits = logits_of(make_engine(model=model))
    assert all(torch.isfinite(row).all() for row in logits.values())


def test_8_bit_weights_are_served() -> None:
    model = copy_model("llama").to(torch.bfloat16).float()
    engine = make_engine(model=model, weights="int8")
    assert is_native(engine)
    found, expected = logits_of(engine), logits_of(make_engine("llama"))
    key = ("0", len(_PROMPTS[0]) - 1)
    assert 1e-4 < (found[key] - expected[key]).norm() / expected[key].norm() < 0.1


@pytest.fixture(scope="module", params=["any, 8 lanes", "avx2, 16 lanes"])
def other_build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The code without any instruction set's own, as other CPUs than x86 get it; and as wide as AVX-512's."""
    name, lanes = request.param.split(", ")
    num_lanes = int(lanes.split()[0])
    if name == "avx2" and instruction_set() not in ("avx2", "avx512"):
        pytest.skip("this CPU has no AVX2")
    folder = tmp_path_factory.mktemp("build")
    source = folder / "decoder.c"
    source.write_text(f"#define LANES {num_lanes}\n{build.SOURCE.read_text()}")
    build.compile_for(name, source, folder / "decoder.so")
    found = Library(ctypes.CDLL(str(folder / "decoder.so")))
    assert found.panel_columns == 2 * num_lanes
    return found


@pytest.fixture
def portable(other_build: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_linear, "library", lambda: other_build)


@pytest.mark.usefixtures("portable")
def test_the_portable_build_computes_the_same() -> None:
    found = run_crowd("qwen3")
    assert found.num_wrong_answers == 0
    assert found.logits < LOGIT_TOLERANCE


@pytest.mark.usefixtures("portable")
@pytest.mark.parametrize("weights", ["auto", "int8"])
def test_the_portable_build_reads_small_weights_and_caches(weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def model() -> Any:
        return copy_model("mistral").to(torch.bfloat16).float()

    found = logits_of(make_engine(model=model(), weights=weights))
    monkeypatch.undo()
    expected = logits_of(make_engine(model=model(), weights=weights))
    for number, prompt in enumerate(_PROMPTS):
        key = (str(number), len(prompt) - 1)
        assert (found[key] - expected[key]).norm() < 2e-3 * expected[key].norm()


def test_more_threads_than_cores_compute_the_same() -> None:
    before, expected = torch.get_num_threads(), greedy("llama", _PROMPTS[0], 16)
    try:
        for num_threads in (1, 2, 7):
            torch.set_num_threads(num_threads)
            drive = Drive(make_engine("llama", max_num_batched_tokens=64))
            drive.add("a", _PROMPTS[0], greedy_params(16))
            assert drive.finish()["a"].token_ids == expected
    finally:
        torch.set_num_threads(before)


def test_a_build_is_named_for_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.path_of("avx2")
    source = tmp_path / "decoder.c"
    source.write_text(build.SOURCE.read_text() + "\n")
    monkeypatch.setattr(build, "SOURCE", source)
    assert build.path_of("avx2") != before, "a build of an older source would be loaded"


def test_without_a_compiler_the_message_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FOLDER", tmp_path / "built")
    monkeypatch.setattr(build, "compiler", lambda: None)
    with pytest.raises(RuntimeError, match="pip install ziglang"):
        build.build()


def test_a_failed_build_says_what_the_compiler_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "decoder.c"
    source.write_text("#error no such luck\n")
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "FOLDER", tmp_path / "built")
    with pytest.raises(RuntimeError, match="no such luck"):
        build.build()
    assert list((tmp_path / "built").iterdir()) == []


def test_layers_of_another_shape_or_with_another_rotation_are_left_alone() -> None:
    model = copy_model("llama")
    rotary = model.model.rotary_emb
    original = rotary.forward
    rotary.forward = lambda x, position_ids: tuple(table[..., :4] for table in original(x, position_ids))
    layer = model.model.layers[0]
    with pytest.raises(ValueError, match="rotary table"):
        native_layer._rotary_table(rotary(torch.zeros(1, 1, 1), torch.arange(3)[None])[0], layer.self_attn.head_dim)
    layer.self_attn.o_proj = torch.nn.Linear(16, 32, bias=False)
    with pytest.raises(ValueError, match="shapes"):
        NativeLayer(layer, None, linear=NativeLinear)


def test_a_layer_whose_trial_fails_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise TypeError

    monkeypatch.setattr(native_layer.NativeLayer, "forward", fail)
    engine = make_engine("llama")
    assert not is_native(engine)
    assert not any(isinstance(layer, NativeLayer) for layer in engine.runner.model.model.layers)
    monkeypatch.undo()
    monkeypatch.setattr(native_layer.NativeDecoder, "logits", fail)
    assert not is_native(make_engine("llama"))


def test_each_thread_has_a_lock_of_its_own() -> None:
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(library).result()
    assert other is not None
    assert other is not library()
    assert library() is library()
