"""The work is the same whichever way it is called, and it holds the GIL where the lab says so."""

from __future__ import annotations

import asyncio

import pytest

from app.lab.ticks import count_ticks
from app.lab.workload import JobSize, Tokenizing, Workload

DEADLINE_S = 60
NUM_CHARS = 1_000_000


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload()


async def _ticks_during(workload: Workload, tokenizing: Tokenizing) -> int:
    """Ticks of the loop while a thread tokenizes, both ends taken by that thread."""
    async with asyncio.timeout(DEADLINE_S), count_ticks() as ticks:

        def work() -> int:
            ticks.begin()
            workload.run(JobSize(num_forwards=0, num_chars=NUM_CHARS), tokenizing)
            return ticks.report().num_ticks

        return await asyncio.to_thread(work)


def test_both_ways_of_tokenizing_give_the_same_number_of_tokens(workload: Workload) -> None:
    size = JobSize(num_forwards=0, num_chars=5000)
    by_encode = workload.run(size, Tokenizing.ENCODE).num_tokens
    assert by_encode == workload.run(size, Tokenizing.ENCODE_BATCH).num_tokens
    assert by_encode > 500


def test_the_text_is_as_long_as_asked_for(workload: Workload) -> None:
    few = workload.run(JobSize(num_forwards=0, num_chars=1000), Tokenizing.ENCODE).num_tokens
    many = workload.run(JobSize(num_forwards=0, num_chars=500_000), Tokenizing.ENCODE).num_tokens
    assert 400 * few < many < 600 * few


def test_a_part_of_size_zero_is_left_out(workload: Workload) -> None:
    result = workload.run(JobSize(num_forwards=1, num_chars=0), Tokenizing.ENCODE)
    assert result.num_tokens == 0
    assert result.torch_ms > result.tokenize_ms


@pytest.mark.blocks_the_loop
async def test_encode_in_a_thread_stops_the_loop_and_encode_batch_does_not(workload: Workload) -> None:
    held = await _ticks_during(workload, Tokenizing.ENCODE)
    released = await _ticks_during(workload, Tokenizing.ENCODE_BATCH)
    assert held <= 3
    assert released >= 20
