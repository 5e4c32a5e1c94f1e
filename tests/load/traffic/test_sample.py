"""Latencies are exact to the clock that was read when the bytes came, and count from when the request was due."""

from __future__ import annotations

import pytest

from load.storm.answer import AnswerReader
from load.storm.outcome import Fate
from load.traffic.sample import Sample, answered
from load.traffic.stream import read_stream
from tests.load.storm.fake_server import DONE, event, http, stream

ROLE = event(choices=[{"delta": {"role": "assistant", "content": ""}}])
FINISH = event(choices=[{"delta": {}, "finish_reason": "length"}])
PING = b": ping\n\n"


def text(content: str) -> bytes:
    return event(choices=[{"delta": {"content": content}}])


def usage(prompt: int, completion: int) -> bytes:
    return event(choices=[], usage={"prompt_tokens": prompt, "completion_tokens": completion})


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def read(*pieces: tuple[float, bytes]) -> AnswerReader:
    """A streamed answer whose pieces come at known moments."""
    head = stream().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    reader = AnswerReader()
    reader.feed(head, pieces[0][0])
    for moment, body in pieces:
        reader.feed(chunk(body), moment)
    reader.feed(b"0\r\n\r\n", pieces[-1][0])
    return reader


def sample_of(reader: AnswerReader, *, due: float = 100.0, sent: float = 100.02, ended: float = 101.5) -> Sample:
    return answered(reader.answer, due=due, sent=sent, ended=ended, began=90.0)


def test_known_delays_are_reported_to_the_microsecond() -> None:
    pieces = [(100.1, ROLE), (100.4, text("a")), (100.6, text("b")), (101.2, text("c")), (101.5, usage(7, 5) + DONE)]
    found = sample_of(read(*pieces))
    assert found.fate is Fate.COMPLETE
    assert found.due == pytest.approx(10.0)
    assert found.delay_ms == pytest.approx(20.0)
    assert found.ttft_ms == pytest.approx(400.0)
    assert found.itls_ms == pytest.approx([200.0, 600.0])
    assert found.tpot_ms == pytest.approx(800.0 / 4)  # five tokens by the server's count, in three pieces
    assert found.e2e_ms == pytest.approx(1500.0)
    assert (found.num_tokens, found.num_prompt_tokens) == (5, 7)


def test_only_pieces_of_text_have_a_moment() -> None:
    pieces = [(1.0, ROLE), (2.0, PING), (3.0, text("a")), (4.0, PING), (5.0, FINISH + usage(1, 1) + DONE)]
    assert read_stream(read(*pieces).answer).moments == (3.0,)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_of_a_reasoning_model_are_tokens(name: str) -> None:
    thought = event(choices=[{"delta": {name: "hm"}}])
    assert read_stream(read((1.0, thought), (2.0, text("a") + DONE)).answer).moments == (1.0, 2.0)


def test_events_that_come_cut_count_when_they_are_whole() -> None:
    whole = text("a")
    pieces = [(1.0, whole[:9]), (2.0, whole[9:] + text("b")[:5]), (3.0, text("b")[5:] + text("c")), (4.0, DONE)]
    assert read_stream(read(*pieces).answer).moments == (2.0, 3.0, 3.0)


def test_lines_may_end_as_on_windows() -> None:
    crlf, done = (piece.replace(b"\n", b"\r\n") for piece in (text("a"), DONE))
    found = sample_of(read((101.0, crlf), (101.2, crlf + done)))
    assert found.fate is Fate.COMPLETE
    assert found.moments == pytest.approx((11.0, 11.2))


def test_an_event_without_choices_is_no_text() -> None:
    nothing = event(choices=None, usage={"prompt_tokens": 1, "completion_tokens": 1})
    assert read_stream(read((1.0, text("a")), (2.0, nothing + DONE)).answer).moments == (1.0,)


def test_without_the_servers_count_pieces_are_tokens() -> None:
    assert read_stream(read((1.0, text("a") + text("b")), (2.0, DONE)).answer).num_tokens == 2


@pytest.mark.parametrize(
    ("raw", "fate"),
    [
        (http(503, b"{}", Retry_After="1"), Fate.REFUSED),
        (http(429, b"{}"), Fate.UNTIMED),
        (http(504, b"{}"), Fate.EXPIRED),
        (http(400, b"{}"), Fate.REJECTED),
        (http(500, b"{}"), Fate.FAILED),
        (stream(text("a"), event(error={"code": "deadline_exceeded"})), Fate.EXPIRED),
        (stream(text("a"), event(error={"code": "internal"})), Fate.BROKEN_OFF),
        (stream(text("a")), Fate.FAILED),
        (stream(b"data: {no json\n\n", DONE), Fate.FAILED),
    ],
)
def test_refusals_and_errors_are_told_apart_and_are_no_answers(raw: bytes, fate: Fate) -> None:
    reader = AnswerReader()
    assert reader.feed(raw, 100.5)
    found = sample_of(reader)
    assert found.fate is fate
    assert not found.is_complete
    assert found.e2e_ms == pytest.approx(1500.0)


def test_a_sample_survives_json_to_ten_microseconds() -> None:
    before = sample_of(read((100.123456, text("a")), (101.5, DONE)))
    after = Sample.from_json(before.to_json())
    assert after.moments == pytest.approx(before.moments, abs=1e-5)
    assert (after.fate, after.num_tokens) == (before.fate, before.num_tokens)
