"""The commands from their options to their files and exit codes, against a server of known behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from load.__main__ import main
from load.traffic import result as results
from tests.load.storm.fake_server import Asked, FakeServer, http
from tests.load.traffic.known_server import Delays, known_server, served
from tests.load.traffic.made_up import noisy_part, result

SCENARIO = """
description = "a test"
arrivals = { kind = "constant", rate = 20.0, duration_s = 0.3 }
prompt = { tokens = { kind = "constant", tokens = 20 } }
output_tokens = { kind = "constant", tokens = 3 }
limits = { ttft_ms = 20000, tpot_ms = 20000 }
"""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = known_server(Delays(ttft_s=0.01))
    with served(fake):
        yield fake


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO)
    return str(path)


def options(server: FakeServer, tmp_path: Path) -> list[str]:
    return ["--url", f"http://127.0.0.1:{server.port}", "--out", str(tmp_path / "out")]


def test_a_run_prints_figures_and_writes_json_and_a_page(
    server: FakeServer,
    scenario: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_KEY", "k-1")
    assert main(["run", scenario, "--duration", "0.5", "--key-env", "MY_KEY", *options(server, tmp_path)]) in (0, 1)
    printed = capsys.readouterr()
    assert "open loop, constant, 20 requests/s" in printed.out
    assert "mine" in printed.out.splitlines()[0]
    assert "sent 10" in printed.err
    found = results.read(tmp_path / "out" / "load-mine.json")
    assert found.num_errors == 0
    assert len(found.parts[0].samples) == 10
    assert "k-1" not in (tmp_path / "out" / "load-mine.json").read_text()
    assert (tmp_path / "out" / "load-mine.html").read_text().startswith("<!doctype html>")
    asked = [request for request in server.asked if request.path == "/v1/chat/completions"]
    assert {request.headers["authorization"] for request in asked} == {"Bearer k-1"}


def test_a_run_with_errors_fails(server: FakeServer, scenario: str, tmp_path: Path) -> None:
    answers = server.routes["/v1/chat/completions"]

    async def answer_twice(asked: Asked) -> object:
        is_early = sum(request.path == asked.path for request in server.asked) <= 3
        return await answers(asked) if is_early else http(500, b"{}")

    server.routes["/v1/chat/completions"] = answer_twice  # type: ignore[assignment]
    assert main(["run", scenario, *options(server, tmp_path)]) == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["run", "nothing"], "no scenario nothing"),
        (["run", "baseline", "--url", "http://127.0.0.1:1"], "names no model"),
        (["run", "baseline", "--url", "nowhere"], "not the address"),
        (["sweep", "nothing"], "no scenario nothing"),
        (["compare", "a.json", "b.json"], "a.json is no result"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err.strip()
    assert complaint in error
    assert len(error.splitlines()) == 1


def test_a_sweep_prints_a_row_a_rate_and_the_settings_and_writes_files(
    server: FakeServer, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", scenario, "--step", "0.3", "--max-steps", "2", "--share", "0.01"]
    assert main([*words, *options(server, tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "The knee is at or above" in out
    assert "+ UNBLOCKED_MAX_ACCEPTED_REQUESTS=" in out
    fields = json.loads((tmp_path / "out" / "load-sweep.json").read_text())
    assert 1 <= len(fields["steps"]) <= 2  # one, if this machine was so slow that the first was invalid
    assert "<title>Goodput" in (tmp_path / "out" / "load-sweep.html").read_text()


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_folder_that_can_not_be_is_found_out_before_the_load(
    command: str, server: FakeServer, scenario: str, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileExistsError):
        main([command, scenario, *options(server, tmp_path)])
    assert "/v1/chat/completions" not in {request.path for request in server.asked}


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "x"])
def test_a_step_of_no_time_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sweep", "--step", seconds, "--url", "nowhere"])
    assert left.value.code == 2
    assert "argument --step" in capsys.readouterr().err


def test_a_comparison_says_what_changed_and_fails_if_it_is_for_the_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fast, slow = str(tmp_path / "fast.json"), str(tmp_path / "slow.json")
    results.write(result(noisy_part(ttft_s=0.2, seed=1, num=200)), Path(fast))
    results.write(result(noisy_part(ttft_s=0.4, seed=2, num=200)), Path(slow))
    assert main(["compare", fast, slow]) == 1
    assert "B is worse: TTFT p50 +" in capsys.readouterr().out
    assert main(["compare", slow, fast, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"].startswith("B is better: TTFT p50 -")
