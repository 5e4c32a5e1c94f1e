from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

from app.engine.encoder import Encoder, EncoderInput, EncoderOptions, build_encoder
from app.errors import ModelLoadError
from tests.engine.tiny_encoders import CLS, MEAN, save_encoder

LENGTHS = (1, 3, 40, 7)


def inputs(lengths: tuple[int, ...] = LENGTHS, num_dimensions: int | None = None) -> list[EncoderInput]:
    generator = torch.Generator().manual_seed(1)
    return [
        EncoderInput(torch.randint(4, 90, (length,), generator=generator).tolist(), num_dimensions)
        for length in lengths
    ]


def build(folder: Path) -> Encoder:
    return build_encoder(EncoderOptions(str(folder), device="cpu"))


def vectors(encoder: Encoder, given: list[EncoderInput]) -> list[np.ndarray]:
    return [np.frombuffer(vector, dtype=np.float32) for vector in encoder.encode(given)]


@pytest.mark.parametrize("is_roberta", [False, True])
@pytest.mark.parametrize("pooling", [MEAN, CLS], ids=["mean", "cls"])
def test_vectors_are_transformers_own_pooled(tmp_path: Path, is_roberta: bool, pooling: dict[str, object]) -> None:
    folder = save_encoder(tmp_path / "m", is_roberta=is_roberta, pooling=pooling)
    model = AutoModel.from_pretrained(folder).eval()
    for one, found in zip(inputs(), vectors(build(folder), inputs()), strict=True):
        with torch.no_grad():
            states = model(input_ids=torch.tensor([one.token_ids])).last_hidden_state[0]
        expected = states.mean(0) if pooling is MEAN else states[0]
        np.testing.assert_allclose(found, (expected / expected.norm()).numpy(), atol=2e-5)


def test_a_batch_gives_what_each_input_gives_alone(tmp_path: Path) -> None:
    encoder = build(save_encoder(tmp_path / "m", pooling=MEAN))
    together = vectors(encoder, inputs())
    alone = [vectors(encoder, [one])[0] for one in inputs()]
    for first, second in zip(together, alone, strict=True):
        np.testing.assert_allclose(first, second, atol=2e-5)
    assert np.abs(together[0] - together[1]).max() > 0.01, "vectors that are all the same prove nothing"


def test_fewer_dimensions_are_the_first_ones_normalised_again(tmp_path: Path) -> None:
    encoder = build(save_encoder(tmp_path / "m", pooling=MEAN))
    (whole,) = vectors(encoder, inputs((5,)))
    (short,) = vectors(encoder, inputs((5,), num_dimensions=8))
    assert short.shape == (8,)
    np.testing.assert_allclose(short, whole[:8] / np.linalg.norm(whole[:8]), atol=1e-5)


def test_without_a_module_that_normalises_nothing_is(tmp_path: Path) -> None:
    encoder = build(save_encoder(tmp_path / "m", pooling=MEAN, modules=("Transformer", "Pooling")))
    (found,) = vectors(encoder, inputs((5,)))
    assert abs(np.linalg.norm(found) - 1) > 0.1


@pytest.mark.parametrize(("is_roberta", "max_len"), [(False, 48), (True, 46)])
def test_a_bare_model_is_pooled_by_the_mean_and_takes_what_it_has_positions_for(
    tmp_path: Path, is_roberta: bool, max_len: int
) -> None:
    encoder = build(save_encoder(tmp_path / "m", is_roberta=is_roberta))
    assert encoder.max_len == max_len
    assert np.linalg.norm(vectors(encoder, inputs((max_len,)))[0]) == pytest.approx(1, abs=1e-5)


def test_the_files_length_holds(tmp_path: Path) -> None:
    assert build(save_encoder(tmp_path / "m", pooling=MEAN)).max_len == 40


@pytest.mark.parametrize(
    ("pooling", "modules", "word"),
    [
        ({"pooling_mode_max_tokens": True}, ("Transformer", "Pooling"), "max"),
        ({"pooling_mode": "lasttoken"}, ("Transformer", "Pooling"), "lasttoken"),
        (MEAN | {"pooling_mode_cls_token": True}, ("Transformer", "Pooling"), "cls, mean"),
        (MEAN, ("Transformer", "Pooling", "Dense"), "Dense"),
    ],
)
def test_what_can_not_be_done_as_the_files_ask_is_refused(
    tmp_path: Path, pooling: dict[str, object], modules: tuple[str, ...], word: str
) -> None:
    with pytest.raises(ModelLoadError, match=word):
        build(save_encoder(tmp_path / "m", pooling=pooling, modules=modules))


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelLoadError, match="safetensors"):
        build(folder)
