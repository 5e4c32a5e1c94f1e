from __future__ import annotations

import json
import os
import re
import shlex
import socket
from pathlib import Path

import pytest

from app.__main__ import banner, build_parser, config_text, main
from app.api.api_keys import KeyRing, parse_keys
from app.settings import Settings, unknown_variables
from load.traffic.subject import KEY_VARIABLE

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    for name in [name for name in os.environ if name.upper().startswith("UNBLOCKED_")]:
        monkeypatch.delenv(name)


def test_config_prints_every_setting_with_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    text = capsys.readouterr().out
    for name, info in Settings.model_fields.items():
        assert f"UNBLOCKED_{name.upper()}=" in text
        assert info.description
        assert info.description in text


def test_flags_win_over_the_environment(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNBLOCKED_PORT", "1111")
    monkeypatch.setenv("UNBLOCKED_HOST", "0.0.0.0")
    assert main(["config", "--port", "2222", "--lab", "--name", "m"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "UNBLOCKED_PORT=2222",
        "UNBLOCKED_HOST=0.0.0.0",
        "UNBLOCKED_LAB_ENABLED=true",
        "UNBLOCKED_SERVED_MODEL_NAME=m",
    ):
        assert line in lines


def test_what_config_prints_is_a_file_that_sets_the_same(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(port=1234, lab_enabled=True, request_timeout_s=1.5, max_model_len=99)
    path = f"{tmp_path}/written.env"
    with open(path, "w") as file:
        file.write(config_text(settings))
    assert Settings(_env_file=path) == settings


@pytest.mark.parametrize("flags", [["--port", "99999"], ["--port", "x"], ["--device", "abacus"], ["--engine", "steam"]])
def test_a_wrong_flag_is_named_and_ends_with_code_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", *flags]) == 2
    assert f"setting {flags[0][2:]}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "doctor"])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("UNBLOCKED_MAX_NUM_SEQ", "did you mean UNBLOCKED_MAX_NUM_SEQS?"),
        ("unblocked_api_key", "did you mean UNBLOCKED_API_KEYS?"),
        ("UNBLOCKED_WEATHER_TOMORROW", "python -m app config"),
    ],
)
def test_a_variable_that_sets_nothing_stops_the_start(
    command: str, name: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "s3cret")
    assert main([command, "--model", "./nowhere/model", "--port", "0"]) == 2
    error = capsys.readouterr().err
    assert f"error: {name.upper()} is no setting" in error
    assert hint in error
    assert "s3cret" not in error


def test_a_line_of_the_env_file_that_sets_nothing_stops_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_text("OTHER=1\nUNBLOCKED_PROT=8001\n")
    assert main(["serve", "--model", "./nowhere/model"]) == 2
    assert capsys.readouterr().err == "error: UNBLOCKED_PROT is no setting; did you mean UNBLOCKED_PORT?\n"


def test_all_that_is_wrong_with_the_settings_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLOCKED_PROT", "1")
    monkeypatch.setenv("UNBLOCKED_DEVICE", "abacus")
    assert main(["serve", "--port", "x"]) == 2
    error = capsys.readouterr().err
    assert [what in error for what in ("UNBLOCKED_PROT", "setting device", "setting port")] == [True] * 3


def test_config_still_prints_the_settings_beside_a_variable_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLOCKED_PROT", "1")
    assert main(["config"]) == 0
    printed = capsys.readouterr()
    assert "UNBLOCKED_PORT=8000" in printed.out
    assert "warning: UNBLOCKED_PROT" in printed.err


def test_what_others_set_under_our_prefix_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    service_links = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8000_TCP", "PORT_8000_TCP_ADDR")
    for name in [KEY_VARIABLE, *(f"UNBLOCKED_{link}" for link in service_links)]:
        monkeypatch.setenv(name, "x")
    assert unknown_variables() == {}


def test_every_variable_that_the_project_names_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ["README.md", "README.zh-CN.md", "Makefile", "Dockerfile", "docker-compose.yml", "docs", "load", "app"]
    files = [file for part in parts for file in [ROOT / part, *(ROOT / part).rglob("*")] if file.is_file()]
    texts = [file.read_text() for file in files if file.suffix in {"", ".md", ".yml", ".py", ".toml", ".html"}]
    names = {name for text in texts for name in re.findall(r"UNBLOCKED_[A-Z][A-Z_]*[A-Z]", text)}
    assert len(names) > 30
    for name in names:
        monkeypatch.setenv(name, "x")
    assert unknown_variables() == {}


def test_faults_are_injected_only_where_nobody_else_can_connect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLOCKED_FAULTS", "0.01")
    assert main(["config", "--host", "127.0.0.1"]) == 0
    assert main(["config", "--host", "0.0.0.0"]) == 2
    assert "faults are injected only" in capsys.readouterr().err


def test_help_shows_examples_whose_flags_exist() -> None:
    text = build_parser().format_help()
    examples = re.findall(r"^  .*python -m app (.*?)  ", text, re.MULTILINE)
    assert len(examples) >= 4
    for example in examples:
        build_parser().parse_args(shlex.split(example))


def test_the_banners_curl_asks_the_real_port_for_the_real_model() -> None:
    text = banner(Settings(model="org/My-Model"), port=4321)
    assert "http://localhost:4321/docs" in text
    command = shlex.split(text[text.index("curl") :].replace("\\\n", ""))
    assert command[:3] == ["curl", "-N", "http://localhost:4321/v1/chat/completions"]
    body = json.loads(command[command.index("-d") + 1])
    assert (body["model"], body["stream"]) == ("My-Model", True)


@pytest.mark.parametrize(
    ("fields", "is_asked"), [({}, False), ({"api_keys": "s3cret"}, True), ({"api_keys_file": "s3cret"}, True)]
)
def test_the_banners_curl_has_a_place_for_the_key_if_one_is_needed(fields: dict[str, str], is_asked: bool) -> None:
    text = banner(Settings(_env_file=None, **fields), port=1)  # type: ignore[arg-type]
    command = shlex.split(text[text.index("curl") :].replace("\\\n", ""))
    headers = [command[index + 1] for index, word in enumerate(command) if word == "-H"]
    assert headers == ["content-type: application/json", *["Authorization: Bearer $API_KEY"] * is_asked]
    assert "s3cret" not in text


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert "http://[::2]:80/" in banner(Settings(host="::2"), port=80)


def test_a_start_that_fails_says_why_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--model", "./nowhere/model", "--port", "0"]) == 1
    error = capsys.readouterr().err.strip()
    assert "can't start" in error
    assert len(error.splitlines()) == 1


def test_a_port_that_is_taken_is_told_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLOCKED_API_KEYS_FILE", "nowhere.txt")  # building the application would fail
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    error = capsys.readouterr().err.strip()
    assert f"can't start: port {port} of 127.0.0.1 is in use" in error
    assert len(error.splitlines()) == 1


def test_key_prints_a_new_key_and_the_line_by_which_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "alice"]) == 0
    _, key, _, _, line = capsys.readouterr().out.splitlines()
    found = KeyRing(parse_keys(line, source="x")).find(key.encode())
    assert found is not None
    assert found.name == "alice"


def test_a_key_for_a_name_that_no_file_may_have_is_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "two words"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "name" in printed.err


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "127.9.9.9"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "192.168.0.7"}, False),
        ({"host": "example.org"}, False),
        ({"host": "0.0.0.0", "api_keys": "x"}, True),
        ({"host": "0.0.0.0", "api_keys_file": "x"}, True),
    ],
)
def test_only_a_server_that_strangers_reach_without_a_key_is_unguarded(fields: dict[str, str], expected: bool) -> None:
    assert Settings(_env_file=None, **fields).is_guarded is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("host", "is_warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_server_without_keys_that_strangers_reach_warns_at_its_start(
    capsys: pytest.CaptureFixture[str], host: str, is_warned: bool
) -> None:
    assert main(["serve", "--model", "./nowhere/model", "--host", host, "--port", "0"]) == 1
    assert ("no API keys" in capsys.readouterr().err) is is_warned
