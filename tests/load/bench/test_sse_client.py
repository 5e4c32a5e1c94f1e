"""The cheap client reads what a server may send, and refuses what it may not."""

from __future__ import annotations

import asyncio

import pytest

from load.bench.sse_client import StreamClient, UnexpectedAnswerError
from tests.load.bench.streaming_server import DONE, HEAD, StreamingServer, event, text, usage

DEADLINE_S = 30
ROLE = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
FINISH = event(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}])


async def ask(chunks: list[bytes], *, head: bytes = HEAD, num_connections: int = 1) -> tuple[int, int | None]:
    """Pieces of text and tokens that the client counts for an answer of these chunks, asked for twice."""
    async with StreamingServer(lambda _: chunks, head=head) as server, asyncio.timeout(DEADLINE_S):
        client = await StreamClient.connect("127.0.0.1", server.port)
        try:
            first, _ = await client.chat({"model": "m"})
            second, counted = await client.chat({"model": "m"})
        finally:
            await client.close()
        assert server.num_connections == num_connections
        assert server.asked[0] == {"model": "m", "stream": True, "stream_options": {"include_usage": True}}
        assert counted["prompt_tokens"] == 3
        assert first.asked <= first.moments[0] <= second.asked
        assert len(first.moments) == len(second.moments)
        return len(second.moments), second.num_tokens


async def test_pieces_of_text_are_counted_and_roles_ends_and_comments_are_not() -> None:
    chunks = [ROLE, b": ping\n\n", text("a"), text("b"), FINISH, usage(3, 2), DONE]
    assert await ask(chunks) == (2, 2)


async def test_tokens_are_the_servers_count_when_a_piece_has_several() -> None:
    assert await ask([text("two words"), text("more"), usage(3, 5), DONE]) == (2, 5)


async def test_events_may_be_cut_anywhere_or_come_together() -> None:
    whole = b"".join([ROLE, text("a"), text("b"), text("c"), usage(3, 3), DONE])
    assert await ask([whole]) == (3, 3)
    assert await ask([whole[place : place + 7] for place in range(0, len(whole), 7)]) == (3, 3)


async def test_a_server_that_ends_the_connection_gets_another() -> None:
    head = HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert await ask([text("a"), usage(3, 1), DONE], head=head, num_connections=3) == (1, 1)


@pytest.mark.parametrize(
    "chunks",
    [
        [text("a"), usage(3, 1)],
        [text("a"), DONE],
        [usage(3, 0), DONE],
        [text("a"), event(error={"message": "died"})],
    ],
    ids=["no end", "no usage", "no text", "an error"],
)
async def test_a_stream_that_is_not_whole_is_an_error(chunks: list[bytes]) -> None:
    with pytest.raises(UnexpectedAnswerError):
        await ask(chunks)


async def test_a_refusal_is_an_error_that_shows_the_status() -> None:
    with pytest.raises(UnexpectedAnswerError, match="503"):
        await ask([], head=b"HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n")
