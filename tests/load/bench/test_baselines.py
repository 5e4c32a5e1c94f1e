"""Every baseline answers every prompt with as many tokens as asked for; how fast is not the tests' business."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from load.bench import baselines, names
from load.bench.saved_model import save_random_model
from load.bench.shapes import SHAPES
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

pytest.importorskip("psutil")  # transformers' continuous batching needs it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny")
    save_random_model(SHAPES["tiny"], path)
    return path


def test_each_baseline_is_measured_on_each_workload(folder: Path) -> None:
    workloads = [Workload(1, 6, 4), Workload(3, 6, 4)]
    found = baselines.measure_all(folder, workloads, device="cpu", num_repeats=2)
    assert {(one.name, one.workload.num_seqs) for one in found} == {
        (name, count) for name in baselines.NAMES for count in (1, 3)
    }
    assert all(len(one.runs) == 2 and one.rate.low > 0 for one in found)
    static = next(one for one in found if one.name == names.STATIC and one.workload.num_seqs == 3)
    assert static.decode_rate is not None


def test_generate_reports_a_moment_for_every_token_of_every_prompt(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    moments = baselines._generate(model, [[1, 2, 3], [4, 5, 6]], 7)
    assert [len(times) for times in moments] == [7, 7]
    assert all(list(times) == sorted(times) for times in moments)


def test_of_two_models_the_one_that_answers_sooner_serves() -> None:
    class Model:
        class config:  # noqa: N801
            vocab_size = 100

    slow, fast = Model(), Model()

    def way(model: object) -> baselines.Serve:
        def serve(prompts: Sequence[Sequence[int]], output_len: int) -> list[RequestTrace]:
            until = time.perf_counter() + (0.05 if model is slow else 0.0)
            while time.perf_counter() < until:
                pass
            return []

        return serve

    assert baselines._fastest([slow, fast], way, Workload(2, 4, 4)) is fast
    assert baselines._fastest([slow], way, Workload(2, 4, 4)) is slow
