from __future__ import annotations

import asyncio

from load.bench.front_bench import InstantEngine, measure


def test_every_chunk_and_request_is_counted_and_answered() -> None:
    result = asyncio.run(measure(num_streams=2, num_tokens=5, num_requests=4))
    assert min(result.chunks_per_s, result.chunk_us, result.requests_per_s, result.request_us) > 0


def test_the_engine_answers_at_once_and_then_has_nothing_to_do() -> None:
    engine = InstantEngine(vocab_size=10, max_num_seqs=1)
    assert not engine.has_work()
    assert engine.step().sequences == ()
