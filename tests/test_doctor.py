from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.concurrency.placement import Placement
from app.concurrency.placement_plan import PlacementPlan, Trial
from app.doctor import Host, Started, diagnose, plan_lines, warnings_of
from app.settings import Settings

TUTOR = Path(__file__).parents[1] / "models" / "tutor"
HOST = Host(cpu_quota=2.0, num_cpus=64, memory_bytes=8 * 2**30, max_connections=2048)
PLAN = PlacementPlan(500, 300_000, {Placement.INLINE: [Trial(200, 0.001, 0.0005)]})
STARTED = Started(
    engine="batched, bfloat16 on cpu",
    num_torch_threads=2,
    max_num_seqs=32,
    max_model_len=2048,
    num_cached_tokens=65_536,
    plan=PLAN,
    has_bfloat16=True,
)


def make_settings(**fields: Any) -> Settings:
    return Settings(_env_file=None, **fields)


def test_a_healthy_host_is_not_warned_about() -> None:
    assert warnings_of(make_settings(), HOST, STARTED) == []


@pytest.mark.parametrize(
    ("settings", "host", "started", "words"),
    [
        ({}, {}, {"num_torch_threads": 3}, "3 engine threads on 2 CPUs"),
        ({"num_tokenizer_processes": 3}, {}, {}, "more tokenizer processes than the 2 CPUs"),
        ({}, {"cpu_quota": 1.5}, {}, "2 engine threads on 1 CPUs"),
        ({}, {}, {"has_bfloat16": False}, "no bfloat16"),
        ({}, {"memory_bytes": 2**29}, {}, "less than 1 GiB"),
        ({}, {}, {"num_cached_tokens": 4000}, "less than two sequences"),
        ({}, {}, {"is_debug": True}, "debug mode"),
        ({"log_level": "debug"}, {}, {}, "log_level=debug"),
        ({"host": "0.0.0.0"}, {}, {}, "0.0.0.0 can be reached by others and there are no API keys"),
        ({"host": "0.0.0.0", "api_keys": "x", "lab_enabled": True}, {}, {}, "/lab blocks the loop"),
        ({"faults": 0.1}, {}, {}, "on purpose"),
        ({}, {"max_connections": 700}, {}, "raise ulimit -n"),
    ],
)
def test_what_will_hurt_is_warned_about_once(
    settings: dict[str, Any], host: dict[str, Any], started: dict[str, Any], words: str
) -> None:
    (warning,) = warnings_of(make_settings(**settings), replace(HOST, **host), replace(STARTED, **started))
    assert words in warning


def test_less_than_one_cpu_is_warned_about() -> None:
    host, started = replace(HOST, cpu_quota=0.5), replace(STARTED, num_torch_threads=1)
    (warning,) = warnings_of(make_settings(), host, started)
    assert "less than one CPU" in warning


def test_an_engine_without_a_cache_of_ours_is_not_blamed_for_it() -> None:
    started = replace(STARTED, engine="per-request, float32 on cpu", num_cached_tokens=0)
    assert warnings_of(make_settings(), HOST, started) == []


def test_the_plan_names_quota_threads_processes_cache_and_thresholds() -> None:
    text = "\n".join(plan_lines(make_settings(num_tokenizer_threads=5), HOST, STARTED))
    for words in (
        "2 of 64 may be used",
        "8.0 GiB",
        "1 for the engine x 2 inside an operation, 5 for tokenizing, 8 shared",
        "1 for tokenizing",
        "65536 tokens, for 32 sequences of at most 2048",
        "inline below 500 characters, in a thread below 300000",
        "inline: 200 1.00/0.50",
    ):
        assert words in text


def test_a_model_that_cannot_be_loaded_is_the_error_and_the_host_is_told_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert diagnose(make_settings(model="./nowhere/model")) == 1
    printed = capsys.readouterr()
    assert "CPU " in printed.out
    assert "can't start" in printed.err


def test_a_real_start_is_looked_at_and_ended(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert diagnose(make_settings(model=str(TUTOR), cache_folder=str(tmp_path), num_engine_threads=1)) == 0
    out = capsys.readouterr().out
    assert "batched" in out
    assert "tokenizing  inline below" in out
    assert "process: 200" in out
