from __future__ import annotations

import contextlib
import threading
from unittest.mock import ANY

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import strict_json
from app.api.strict_json import INLINE_MAX_BYTES, MAX_DEPTH, MAX_TOKENS, parse_body, parse_json
from app.errors import InvalidRequestError

BAD = {
    "empty": b"",
    "cut": b'{"a":',
    "two values": b"{} {}",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "beyond a double": b'{"a":1e999}',
    "huge integer": b'{"a":' + b"9" * 5000 + b"}",
    "lone high surrogate": b'{"a":"\\ud800"}',
    "lone low surrogate": b'{"a":"\\uDC00x"}',
    "surrogate in a key": b'{"\\ud800":1}',
    "surrogate as bytes": b'{"a":"\xed\xa0\x80"}',
    "invalid UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "duplicate key": b'{"a":1,"a":2}',
    "duplicate key, escaped": b'{"a":1,"\\u0061":2}',
    "duplicate key, deep": b'[{"a":[{"b":1,"b":1}]}]',
    "deep list": b"[" * 100_000,
    "deep, closed": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "deep objects": b'{"a":' * 2000 + b"1" + b"}" * 2000,
    "raw control character": b'"a\nb"',
    "single quotes": b"{'a':1}",
    "comment": b"{}//",
    "trailing comma": b"[1,]",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_ambiguous_or_broken_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_json(BAD[name])
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("piece", [b"{},", b"0,", b'"",', b"[],"])
def test_a_document_of_too_many_values_is_refused_before_it_is_parsed(
    piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("json.loads", ANY)  # calling it would raise TypeError
    with pytest.raises(InvalidRequestError, match="too many values"):
        parse_json(b"[" + piece * (MAX_TOKENS + 1) + b"0]")


def test_long_text_full_of_structure_is_not_mistaken_for_values() -> None:
    text = '[{,:"\\' * MAX_TOKENS
    assert parse_json(orjson.dumps({"text": text})) == {"text": text}


def test_a_string_without_an_end_is_looked_through_once() -> None:
    brackets = b"[" + b"[]," * MAX_DEPTH  # so many that their depth is looked at
    with pytest.raises(InvalidRequestError, match="not valid JSON"):  # not that what the string holds is too deep
        parse_json(brackets + b'"\\"' + b"[" * MAX_DEPTH)
    for many in (brackets, b"," * MAX_TOKENS):
        with pytest.raises(InvalidRequestError):
            parse_json(many + b'"' + b'\\"' * 30_000)  # one look for each quote would take ten seconds


def test_depth_is_counted_outside_of_strings_only() -> None:
    text = "[" * 1000
    assert parse_json(orjson.dumps([text])) == [text]
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert len(parse_json(b"[" + b"[]," * 1000 + b"[]]")) == 1001


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(json_values)
def test_good_json_comes_out_as_it_went_in(value: object) -> None:
    assert parse_json(orjson.dumps(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_that_can_be_written_again_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        orjson.dumps(parse_json(body), default=str, option=orjson.OPT_NON_STR_KEYS)


async def test_large_bodies_are_parsed_off_the_event_loops_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def noted(body: bytes) -> object:
        threads.append(threading.current_thread().name)
        return orjson.loads(body)

    monkeypatch.setattr(strict_json, "parse_json", noted)
    await parse_body(b"1")
    await parse_body(b'"' + b"a" * INLINE_MAX_BYTES + b'"')
    assert threads[0] == threading.main_thread().name
    assert threads[1] != threading.main_thread().name
