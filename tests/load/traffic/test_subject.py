"""A server is found by its URL, asked what it serves and what it understands; one that can't be tested is named."""

from __future__ import annotations

import asyncio
import json

import pytest

from load.storm.connection import Pool, Target
from load.traffic.dialect import NoAnswerError, learn_dialect
from load.traffic.prompts import Dialect
from load.traffic.target import NoTargetError, target_at
from tests.load.storm.fake_server import DEADLINE_S, DONE, Asked, FakeServer, event, http, stream


def counting(tokens_per_word: int, extra: int, *, knows_ignore_eos: bool = True) -> FakeServer:
    """A server whose usage says how many words it was sent."""

    async def answer(asked: Asked) -> bytes:
        if "ignore_eos" in asked.json and not knows_ignore_eos:
            return http(400, json.dumps({"error": {"message": "unknown field: ignore_eos"}}).encode())
        num_words = len(asked.json["messages"][0]["content"].split())
        usage = {"prompt_tokens": tokens_per_word * num_words + extra, "completion_tokens": 1}
        return stream(event(choices=[{"delta": {"content": "a"}}]), event(choices=[], usage=usage), DONE)

    return FakeServer(routes={"/v1/chat/completions": answer}, is_closing_silent=False)


async def learn(server: FakeServer) -> Dialect:
    async with server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        return await learn_dialect(pool, server.target)


async def test_tokens_are_counted_in_words_by_two_prompts_of_different_lengths() -> None:
    assert await learn(counting(3, 11)) == Dialect(tokens_per_word=3.0, extra_tokens=11.0, can_ignore_eos=True)


async def test_a_server_that_refuses_a_field_is_asked_without_it() -> None:
    assert (await learn(counting(1, 0, knows_ignore_eos=False))).can_ignore_eos is False


async def test_a_server_that_counts_nothing_is_taken_to_have_a_token_a_word() -> None:
    assert await learn(counting(0, 0)) == Dialect(1.0, 0.0, can_ignore_eos=True)


async def test_a_server_that_answers_no_chat_is_named_with_what_it_said() -> None:
    async def refuse(asked: Asked) -> bytes:
        return http(404, b'{"detail": "no such model"}')

    with pytest.raises(NoAnswerError, match=r"404.*no such model"):
        await learn(FakeServer(routes={"/v1/chat/completions": refuse}))


async def test_a_server_that_is_not_there_is_named() -> None:
    nobody = Target("127.0.0.1", 1, 0)
    with pytest.raises(NoAnswerError, match=r"127\.0\.0\.1:1"):
        async with Pool(nobody) as pool:
            await learn_dialect(pool, nobody)


async def test_a_url_becomes_a_target_with_the_first_model_and_the_key() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S):
        url = f"http://127.0.0.1:{server.port}/v1/"
        found = await asyncio.to_thread(target_at, url, key="k-1")
        assert server.asked[0].headers["authorization"] == "Bearer k-1"
    assert (found.host, found.port, found.model, found.prefix) == ("127.0.0.1", server.port, "fake", "")
    assert found.key == "k-1"


def test_a_named_model_is_not_asked_for_and_https_and_prefixes_are_understood() -> None:
    found = target_at("https://example.org/openai/v1", model="m")
    assert (found.host, found.port, found.is_tls, found.prefix, found.model) == (
        "example.org", 443, True, "/openai", "m",
    )  # fmt: skip


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://h/", "http://", "http://h:x", "http://h:99999", "http://[::1", "http://é"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NoTargetError, match="not the address"):
        target_at(url)


@pytest.mark.parametrize("key", ["schlüssel", "s3cret\n"])
def test_a_key_that_no_header_may_have_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(NoTargetError, match="no header") as refused:
        target_at("http://h", key=key, model="m")
    assert key.strip() not in str(refused.value)


async def test_a_server_that_names_no_model_or_wants_another_key_is_told() -> None:
    async def closed(asked: Asked) -> bytes:
        return http(401, b"{}", Connection="close")

    async with FakeServer(routes={"/v1/models": closed}) as server, asyncio.timeout(DEADLINE_S):
        with pytest.raises(NoTargetError, match=r"401 \(is the key right\?\)"):
            await asyncio.to_thread(target_at, f"http://127.0.0.1:{server.port}")
    with pytest.raises(NoTargetError, match="names no model"):
        target_at("http://127.0.0.1:1")
