from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.concurrency.placement import Placement
from app.concurrency.plan_cache import PlanCache
from app.errors import PoolClosedError
from app.service.placing import DEFAULT_PLAN, PlacingOptions, cache_key, make_text, place_tokenizing
from app.service.prompt import PromptEncoder
from tests.tiny_tokenizer import make_tokenizer

DEADLINE_S = 120.0
_STRANGE: tuple[Any, ...] = ([], {"trials": 5}, {"trials": {"moon": []}}, {"trials": {}}, None)


@pytest.fixture
async def encoder() -> AsyncIterator[PromptEncoder]:
    encoder = PromptEncoder(make_tokenizer())
    async with asyncio.timeout(DEADLINE_S):
        await encoder.start()
    yield encoder
    await encoder.close()


async def test_a_text_is_the_same_in_every_place(encoder: PromptEncoder) -> None:
    text = make_text(3_000)
    async with asyncio.timeout(DEADLINE_S):
        results = [await encoder.encode_texts_at(placement, [text]) for placement in Placement]
    assert results[0] == results[1] == results[2]


async def test_what_is_set_wins_and_then_nothing_is_measured(encoder: PromptEncoder, tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE_S):
        plan = await place_tokenizing(encoder, PlacingOptions(7, 70_000, str(tmp_path)))
    assert (plan.thread_min_chars, plan.process_min_chars, plan.trials) == (7, 70_000, {})
    assert PlanCache(tmp_path).load(*cache_key(encoder)) is None


async def test_one_setting_wins_over_what_is_measured_for_it(encoder: PromptEncoder) -> None:
    async with asyncio.timeout(DEADLINE_S):
        plan = await place_tokenizing(encoder, PlacingOptions(thread_min_chars=7))
    assert plan.thread_min_chars == 7
    assert {placement: bool(trials) for placement, trials in plan.trials.items()} == dict.fromkeys(Placement, True)


async def test_what_was_measured_is_kept_and_not_measured_again(encoder: PromptEncoder, tmp_path: Path) -> None:
    options = PlacingOptions(cache_folder=str(tmp_path), budget_s=DEADLINE_S)
    async with asyncio.timeout(DEADLINE_S):
        first = await place_tokenizing(encoder, options)
        assert first.is_whole
        assert await place_tokenizing(encoder, options) == first


async def test_a_plan_measured_without_large_work_is_not_kept(encoder: PromptEncoder, tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE_S):
        plan = await place_tokenizing(encoder, PlacingOptions(cache_folder=str(tmp_path), budget_s=0.0))
    assert not plan.is_whole
    assert PlanCache(tmp_path).load(*cache_key(encoder)) is None


async def test_a_strange_plan_is_measured_anew(encoder: PromptEncoder, tmp_path: Path) -> None:
    options = PlacingOptions(cache_folder=str(tmp_path), budget_s=0.0)
    async with asyncio.timeout(DEADLINE_S):
        for strange in _STRANGE:
            PlanCache(tmp_path).save(strange, *cache_key(encoder))
            assert (await place_tokenizing(encoder, options)).trials


async def test_the_encoder_works_by_the_plan(encoder: PromptEncoder) -> None:
    tried: list[str] = []
    async with asyncio.timeout(DEADLINE_S):
        await place_tokenizing(encoder, PlacingOptions(100, 1_000))
        await encoder.close()  # from here on only what is inline works
        for num_chars in (50, 500, 5_000):
            try:
                await encoder.encode_texts([make_text(num_chars)])
                tried.append("inline")
            except PoolClosedError as error:
                tried.append(str(error).split()[1])
    assert tried[0] == "inline"
    assert "inline" not in tried[1:]


async def test_where_nothing_can_be_measured_the_defaults_hold() -> None:
    encoder = PromptEncoder(make_tokenizer())
    await encoder.close()
    async with asyncio.timeout(DEADLINE_S):
        assert await place_tokenizing(encoder, PlacingOptions()) == DEFAULT_PLAN


def test_the_text_has_words_and_the_length_asked_for() -> None:
    text = make_text(10_000)
    assert len(text) == 10_000
    assert len(set(text.split())) > 500
