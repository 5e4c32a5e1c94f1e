from __future__ import annotations

import hashlib

import pytest

from app.api.api_keys import MAX_KEY_BYTES, ApiKey, KeyRing, key_line, new_key, parse_keys
from app.errors import ConfigurationError

DIGEST = hashlib.sha256(b"one").hexdigest()
OTHER = hashlib.sha256(b"two").hexdigest()


def test_a_new_key_is_found_by_its_line_and_by_nothing_else() -> None:
    key = new_key()
    ring = KeyRing(parse_keys(key_line(key, name="alice"), source="x"))
    found = ring.find(key.encode())
    assert found is not None
    assert found.name == "alice"
    for wrong in (
        b"",
        key[:-1].encode(),
        key.encode() + b"x",
        key.upper().encode(),
        key_line(key, name="alice").encode(),
    ):
        assert ring.find(wrong) is None


def test_new_keys_differ_and_are_in_no_line() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) > 40 and key not in key_line(key, name="n") for key in keys)


def test_of_a_key_that_is_too_long_the_beginning_is_not_enough() -> None:
    key = b"k" * MAX_KEY_BYTES
    ring = KeyRing([ApiKey("a", hashlib.sha256(key).digest())])
    assert ring.find(key) is not None
    assert ring.find(key + b"k" * 9) is None


def test_a_file_may_have_comments_empty_lines_and_limits_of_a_keys_own() -> None:
    text = f"# ours\n\n{DIGEST} alice  # her\r\n{OTHER.upper()} bob.2 tokens_per_minute=9 requests_per_minute=1\n"
    assert parse_keys(text, source="x") == (
        ApiKey("alice", bytes.fromhex(DIGEST)),
        ApiKey("bob.2", bytes.fromhex(OTHER), requests_per_minute=1, tokens_per_minute=9),
    )
    assert [key.name for key in parse_keys(f"{DIGEST} a,{OTHER} b", source="x")] == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        "ub-secret alice",
        f"{DIGEST}",
        f"{DIGEST[:-1]} alice",
        f"{DIGEST}0 alice",
        f"{DIGEST} al!ce",
        f"{DIGEST} {'n' * 65}",
        f"{DIGEST} alice rpm=3",
        f"{DIGEST} alice requests_per_minute=0",
        f"{DIGEST} alice tokens_per_minute=-1",
        f"{DIGEST} alice ub-secret",
    ],
)
def test_a_wrong_line_is_named_by_its_number_and_never_repeated(line: str) -> None:
    with pytest.raises(ConfigurationError, match="file, line 3") as caught:
        parse_keys(f"# comment\n\n{line}\n", source="file")
    assert "ub-secret" not in str(caught.value)
    assert DIGEST[:9] not in str(caught.value)


def test_two_keys_of_one_name_are_refused_for_the_name_is_the_owner() -> None:
    with pytest.raises(ConfigurationError, match="'a'"):
        parse_keys(f"{DIGEST} a\n{OTHER} a", source="x")


def test_a_comment_may_have_commas() -> None:
    (alice, bob) = parse_keys(f"# ours, all\n{DIGEST} alice # days, nights\n{OTHER} bob", source="x")
    assert (alice.name, bob.name) == ("alice", "bob")


@pytest.mark.parametrize("text", ["# none", ",", f"# {DIGEST} alice"])
def test_what_was_meant_as_keys_and_has_none_never_opens_the_server(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no key in it"):
        parse_keys(text, source="x")
    assert parse_keys(" \n", source="x") == ()
