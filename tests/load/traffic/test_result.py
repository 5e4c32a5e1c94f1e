"""What was written is read again; what is shown has every figure."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from load.storm.outcome import Fate
from load.traffic import result as results
from load.traffic.page import page_of
from load.traffic.progress import Progress
from load.traffic.result import NoResultError, read, read_part
from load.traffic.terminal import format_result
from tests.load.traffic.made_up import part, result, sample


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = result(part([sample(), sample(1.0, fate=Fate.REFUSED, status=503)]))
    results.write(made, tmp_path / "new" / "a.json")
    again = read(tmp_path / "new" / "a.json")
    assert json.dumps(results.to_json(again)) == json.dumps(results.to_json(made))
    assert again.scenario == made.scenario
    fields = json.loads((tmp_path / "new" / "a.json").read_text())
    assert fields["parts"][0]["summary"]["ttft_ms"]["p50"] == pytest.approx(300)


@pytest.mark.parametrize("text", ["", "{}", '{"kind": "load run", "schema": 99}', '{"kind": "load run", "schema": 1}'])
def test_what_is_no_result_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(NoResultError, match=r"a\.json is no result"):
        read(tmp_path / "a.json")
    with pytest.raises(NoResultError, match=r"b\.json"):
        read(tmp_path / "b.json")


def test_what_another_command_wrote_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"kind": "load sweep", "schema": 1}')
    with pytest.raises(NoResultError, match="'load sweep'"):
        read(tmp_path / "a.json")


def test_one_of_several_parts_has_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    results.write(result(part([sample()], name="x"), part([sample(ttft_s=1.0)], name="y")), path)
    assert read_part(f"{path}:y")[1].samples[0].ttft_ms == pytest.approx(1000)
    for place in (str(path), f"{path}:z"):
        with pytest.raises(NoResultError, match=r"FILE\.json:x \(there are x, y\)"):
            read_part(place)


def test_the_terminal_has_every_latency_and_what_went_wrong() -> None:
    bad = [sample(fate=Fate.REFUSED, status=503), sample(fate=Fate.LOST, status=0), sample(late_s=5.0)]
    text = format_result(result(part(bad)))
    for words in ("open loop, made up", "refused      1", "errors       1: 1 lost", "TTFT 500 ms, TPOT 150 ms"):
        assert words in text
    for name in ("TTFT", "ITL", "TPOT", "end to end", "schedule delay", "/healthz"):
        assert f"\n{name} " in text


def test_an_invalid_run_says_so_first() -> None:
    text = format_result(result(part([sample(late_s=0.5)])))
    assert "INVALID: this client sent half of its requests 500 ms or more after they were due" in text
    assert "INVALID" in page_of(result(part([sample(late_s=0.5)]))).html()


def test_the_page_has_tables_and_a_plot_for_each_thing_that_was_seen() -> None:
    page = page_of(result(part([sample(float(due)) for due in range(10)]))).html()
    for title in ("Requests by when", "Latency by when", "Distribution", "Slowest ping", "What the server had to do"):
        assert f"<title>{title}" in page
    assert "x_total" in page
    assert "within the limits" in page


def test_a_page_of_nothing_but_losses_has_no_plot_of_latencies() -> None:
    nothing = replace(part([sample(fate=Fate.LOST)]), health=(), levels={}, changes={})
    assert "<svg" not in page_of(result(nothing)).html()


def test_progress_tells_what_is_under_way_and_what_became_of_the_rest() -> None:
    seconds = iter((0.0, 2.0, 13.0))
    progress = Progress("x", 10.0, now=lambda: next(seconds))
    for _ in range(5):
        progress.sent()
    for found in (sample(), sample(ttft_s=0.5), sample(fate=Fate.REFUSED), sample(fate=Fate.LOST)):
        progress.ended(found)
    line = progress.line()
    for words in ("2/10 s", "sent 5", "under way 1", "complete 2", "refused 1", "other 1", "4 tok/s", "TTFT 400 ms"):
        assert words in line
    assert " 10/10 s and 3 s more " in progress.line(), "the last answers come after the load"


async def test_progress_ends_with_a_whole_line() -> None:
    screen = io.StringIO()
    task = asyncio.create_task(Progress("x", 1.0).show(screen))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert screen.getvalue().endswith("\n")
    assert "sent 0" in screen.getvalue()
