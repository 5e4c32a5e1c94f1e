"""From options to a plan, and from a plan to files."""

from __future__ import annotations

import argparse
import json
import signal
import socket
from pathlib import Path

import pytest

from app.settings import Settings
from load.bench import command
from load.bench.report import Report
from load.bench.workload import Workload
from tests.load.bench.made_up import full_report


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_engine_is_measured_wherever_something_is_compared_with_it() -> None:
    plan = command.plan_of(parse("--seqs", "1,4", "--http", "8", "--baselines", "16"))
    assert [workload.num_seqs for workload in plan.workloads] == [1, 4, 8, 16]
    assert plan.workloads_at(plan.http_counts) == [Workload(8, 128, 64)]
    assert plan.workloads_at(plan.baseline_counts) == [Workload(16, 128, 64)]


def test_engine_and_service_have_room_for_all_sequences_and_tokens() -> None:
    plan = command.plan_of(parse("--seqs", "1,512", "--prompt", "1000", "--output", "200"))
    assert plan.serving.max_num_seqs == 512
    assert plan.serving.max_num_batched_tokens > 512
    assert plan.serving.max_model_len >= 1200


def test_what_prompts_may_add_to_a_step_is_the_service_s_own_limit_unless_told() -> None:
    assert command.plan_of(parse()).serving.max_prefill_ms == Settings.model_fields["max_prefill_ms"].default
    assert command.plan_of(parse("--prefill-ms", "900")).serving.max_prefill_ms == 900


def test_8_bit_weights_halve_what_the_roofline_reads() -> None:
    plan = command.plan_of(parse("--weights", "int8"))
    assert plan.serving.weights == "int8"
    assert plan.shape.num_bytes_per_weight == 1
    assert command.plan_of(parse()).shape.num_bytes_per_weight == 2


def test_clients_over_http_are_as_many_as_sequences_unless_told() -> None:
    assert command.plan_of(parse("--seqs", "2,3")).http_counts == {2, 3}
    assert command.plan_of(parse("--http", "none")).http_counts == set()
    assert command.plan_of(parse("--baselines", "none")).baseline_counts == set()


@pytest.mark.parametrize("counts", ["0", "1,-4", "x", "", "1 16 64"])
def test_counts_that_are_none_are_refused(counts: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--seqs", counts)
    message = capsys.readouterr().err
    assert "--seqs" in message
    assert "such as 1,16,64" in message


@pytest.mark.parametrize(
    "words", [("--output", "1"), ("--repeat", "0"), ("--baseline-repeat", "0"), ("--rounds", "0"), ("--prompt", "0")]
)
def test_what_leaves_nothing_to_measure_is_refused(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(*words)
    assert f"argument {words[0]}: {words[1]} is less than" in capsys.readouterr().err


def test_a_run_that_is_terminated_cleans_up_behind_itself(tmp_path: Path) -> None:
    cleaned: list[bool] = []

    def measured(plan: command.Plan) -> Report:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleaned.append(True)
        return full_report()

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as left:
        command.run(parse("--out", str(tmp_path)), measured=measured)
    assert left.value.code == 128 + signal.SIGTERM
    assert cleaned == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_prints_tables_and_writes_json_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans: list[command.Plan] = []

    def measured(plan: command.Plan) -> Report:
        plans.append(plan)
        return full_report()

    folder = tmp_path / "reports"
    assert command.run(parse("--out", str(folder), "--shape", "tiny"), measured=measured) == 0
    assert plans[0].shape.name == "tiny"
    assert json.loads((folder / "bench.json").read_text())["schema"] == 1
    assert (folder / "bench.svg").read_text().startswith("<svg")
    assert "The engine in process" in capsys.readouterr().out


def test_a_folder_that_can_not_be_is_found_out_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    plans: list[command.Plan] = []
    with pytest.raises(FileExistsError):
        command.run(parse("--out", str(tmp_path / "file")), measured=plans.append)  # type: ignore[arg-type]
    assert plans == []


def test_only_the_random_model_is_written_where_it_is_to_be_saved(tmp_path: Path) -> None:
    assert command.run(parse("--save", str(tmp_path / "model"), "--shape", "tiny", "--out", str(tmp_path / "out"))) == 0
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        file.name for file in (tmp_path / "model").iterdir()
    }
    assert not (tmp_path / "out").exists()


def test_a_peer_that_does_not_answer_is_told_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert command.run(parse("--peer", f"http://127.0.0.1:{port}", "--shape", "tiny")) == 2
    assert capsys.readouterr().err.startswith(f"bench: http://127.0.0.1:{port}/v1/models names no model")
