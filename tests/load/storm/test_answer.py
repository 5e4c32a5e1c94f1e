"""Answers are read whole however they are cut, and what is no HTTP is said to be none."""

from __future__ import annotations

import pytest

from load.storm.answer import Answer, AnswerReader, BrokenAnswerError
from tests.load.storm.fake_server import DONE, event, http, stream

TEXT = event(choices=[{"delta": {"content": "a"}}])


def read(raw: bytes, *, piece: int = 1 << 20, has_body: bool = True) -> Answer:
    reader = AnswerReader(has_body=has_body)
    places = range(0, len(raw), piece)
    ends = [reader.feed(raw[place : place + piece], float(place)) for place in places]
    assert not any(ends[:-1])
    return reader.answer


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_an_answer_may_come_in_pieces_of_any_size(piece: int) -> None:
    plain = read(http(503, b'{"error": 1}', Retry_After="2"), piece=piece)
    assert (plain.status, plain.body, plain.headers[b"retry-after"]) == (503, b'{"error": 1}', b"2")
    streamed = read(stream(TEXT, TEXT, DONE), piece=piece)
    assert streamed.body == TEXT + TEXT + DONE
    assert streamed.is_stream
    assert streamed.is_complete


def test_a_moment_is_noted_for_each_time_that_text_came() -> None:
    raw = stream(TEXT, TEXT, DONE)
    assert len(read(raw).moments) == 1
    assert len(read(raw, piece=1).moments) == 3


def test_each_moment_says_how_much_of_the_body_had_come_by_then() -> None:
    head, _, chunks = stream(TEXT, TEXT, DONE).partition(b"\r\n\r\n")
    reader = AnswerReader()
    reader.feed(head + b"\r\n\r\n", 1.0)
    two = chunks.index(DONE) - len(b"e\r\n")
    reader.feed(chunks[:two], 2.0)
    reader.feed(chunks[two:], 3.0)
    assert reader.answer.moments == (2.0, 3.0)
    assert reader.answer.offsets == (2 * len(TEXT), 2 * len(TEXT) + len(DONE))


def test_go_on_is_not_the_answer() -> None:
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, b"{}")).status == 200


def test_another_answer_behind_it_is_not_part_of_it() -> None:
    assert read(http(400, b"{}") + http(500, b"no")).body == b"{}"
    assert read(stream(DONE) + http(500, b"no")).body == DONE


def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", has_body=False).body == b""


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    reader = AnswerReader()
    assert not reader.feed(b"HTTP/1.1 400 Bad\r\n\r\nno", 0.0)
    with pytest.raises(BrokenAnswerError):
        _ = reader.answer
    assert reader.end()
    assert reader.answer.body == b"no"


@pytest.mark.parametrize("cut", [1, 20, 60, 200])
def test_an_answer_that_breaks_off_is_broken(cut: int) -> None:
    reader = AnswerReader()
    raw = stream(TEXT, DONE)
    assert not reader.feed(raw[: len(raw) - 5 if cut == 200 else cut], 0.0)
    assert not reader.end()
    with pytest.raises(BrokenAnswerError):
        _ = reader.answer


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_not_http_is_broken(raw: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        AnswerReader().feed(raw, 0.0)


@pytest.mark.parametrize(
    "raw",
    [
        http(503, b"{}"),
        http(200, b""),
        stream(TEXT),
        stream(TEXT, event(error={"code": "x"}), DONE),
    ],
    ids=["a refusal", "nothing", "no end", "an error"],
)
def test_a_good_answer_says_everything(raw: bytes) -> None:
    assert not read(raw).is_complete
