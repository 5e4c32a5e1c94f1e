"""One by one or in a crowd, in large pieces or small, at once or later: the same tokens."""

from __future__ import annotations

import pytest

from app.engine import decode_runs
from app.engine.llm_engine import LLMEngine
from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError, PromptTooLongError
from tests.engine.drive import Drive, WatchedRunner, answer_alone, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.tiny_models import VOCAB, copy_model, make_prompts

PROMPTS = make_prompts([12, 3, 40, 1, 25, 8])
SETTINGS = [
    SamplingParams(max_tokens=12, ignore_eos=True, seed=1),
    SamplingParams(max_tokens=12, ignore_eos=True, seed=2, temperature=1.5, top_k=50),
    SamplingParams(max_tokens=12, ignore_eos=True, seed=3, top_p=0.9),
    SamplingParams(max_tokens=12, ignore_eos=True, seed=4, min_p=0.05, frequency_penalty=0.5),
    SamplingParams(max_tokens=12, ignore_eos=True, seed=5, repetition_penalty=1.2, logit_bias={7: 3.0}),
    greedy_params(12),
]


def answer_crowd(engine: LLMEngine, settings: list[SamplingParams] = SETTINGS) -> list[list[int]]:
    drive = Drive(engine)
    for number, (prompt, params) in enumerate(zip(PROMPTS, settings, strict=True)):
        drive.add(str(number), prompt, params)
    answers = drive.finish()
    return [answers[str(number)].token_ids for number in range(len(PROMPTS))]


def answer_one_by_one(engine: LLMEngine) -> list[list[int]]:
    return [answer_alone(engine, prompt, params).token_ids for prompt, params in zip(PROMPTS, SETTINGS, strict=True)]


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "mistral", "qwen3_moe", "gpt2"])
def test_batched_equals_one_by_one(architecture: str) -> None:
    alone = answer_one_by_one(make_engine(architecture, max_num_batched_tokens=512))
    assert answer_crowd(make_engine(architecture)) == alone
    assert len({tuple(answer) for answer in alone}) == len(alone)


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "mistral"])
def test_cutting_decodes_by_length_changes_nothing(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = answer_crowd(make_engine(architecture, max_num_seqs=6))
    monkeypatch.setattr(decode_runs, "CALL_BYTES", 1)  # calls cost nothing: every length gets its own
    assert answer_crowd(make_engine(architecture, max_num_seqs=6)) == expected


@pytest.mark.parametrize("max_num_batched_tokens", [5, 11, 64])
def test_seeded_answers_do_not_depend_on_how_prompts_are_cut(max_num_batched_tokens: int) -> None:
    cut = make_engine(max_num_batched_tokens=max_num_batched_tokens)
    assert answer_crowd(cut) == answer_crowd(make_engine(max_num_batched_tokens=512, max_num_seqs=6))


def test_unseeded_requests_differ() -> None:
    drive = Drive(make_engine())
    for name in "abc":
        drive.add(name, PROMPTS[0], SamplingParams(max_tokens=12, ignore_eos=True, temperature=2.0))
    assert len({tuple(answer.token_ids) for answer in drive.finish().values()}) == 3


def test_same_seed_gives_the_same_answer_twice_in_one_batch() -> None:
    drive = Drive(make_engine())
    for name in "ab":
        drive.add(name, PROMPTS[0], SamplingParams(max_tokens=12, ignore_eos=True, temperature=2.0, seed=9))
    answers = drive.finish()
    assert answers["a"].token_ids == answers["b"].token_ids


def test_preemption_does_not_change_an_answer() -> None:
    tight = make_engine(kv_cache_max_tokens=60)
    assert answer_crowd(tight) == answer_crowd(make_engine())
    assert tight.stats().num_preemptions > 0


def test_end_token_stops_unless_ignored() -> None:
    expected = greedy("llama", PROMPTS[0], 12)
    engine = make_engine(model=_with_end_token("llama", expected[4]))
    place = expected.index(expected[4]) + 1
    stopped = answer_alone(engine, PROMPTS[0], greedy_params(12, ignore_eos=False))
    assert (stopped.token_ids, stopped.finish_reason) == (expected[:place], "stop")
    ignored = answer_alone(engine, PROMPTS[0], greedy_params(12))
    assert (ignored.token_ids, ignored.finish_reason) == (expected, "length")


def _with_end_token(architecture: str, token_id: int) -> object:
    model = copy_model(architecture)
    model.generation_config.eos_token_id = [token_id]
    return model


def test_stop_token_ends_the_answer_and_belongs_to_it() -> None:
    expected = greedy("llama", PROMPTS[0], 12)
    place = expected.index(expected[6]) + 1
    answer = answer_alone(make_engine(), PROMPTS[0], greedy_params(12, stop_token_ids=frozenset({expected[6]})))
    assert (answer.token_ids, answer.finish_reason) == (expected[:place], "stop")


def test_max_tokens_ends_with_length() -> None:
    answer = answer_alone(make_engine(), PROMPTS[0], greedy_params(1))
    assert (len(answer.token_ids), answer.finish_reason) == (1, "length")


def test_full_context_ends_with_length() -> None:
    engine = make_engine(max_model_len=32)
    answer = answer_alone(engine, PROMPTS[4], greedy_params(500))
    assert (len(answer.token_ids), answer.finish_reason) == (32 - 25, "length")
    assert answer.token_ids == greedy("llama", PROMPTS[4], 7)


def test_prompt_that_leaves_room_for_one_token_is_answered() -> None:
    answer = answer_alone(make_engine(max_model_len=26), PROMPTS[4], greedy_params(5))
    assert (len(answer.token_ids), answer.finish_reason) == (1, "length")


def test_what_cannot_be_served_is_refused_and_leaves_no_trace() -> None:
    engine = make_engine(max_model_len=32)
    drive = Drive(engine)
    params = greedy_params(4)
    with pytest.raises(PromptTooLongError, match="32 tokens"):
        drive.add("long", [1] * 32, params)
    for prompt in ([], [VOCAB], [-1]):
        with pytest.raises(InvalidRequestError):
            drive.add("odd", prompt, params)
    with pytest.raises(InvalidRequestError, match="stop_token_ids"):
        drive.add("stop", [1], greedy_params(4, stop_token_ids=frozenset({VOCAB})))
    drive.add("twice", [1], params)
    with pytest.raises(InvalidRequestError):
        engine.add(engine.scheduler.waiting[0].request)
    drive.finish()
    assert list(drive.answers) == ["twice"]


def test_abort_while_waiting_takes_it_out_of_the_queue() -> None:
    drive = Drive(make_engine(max_num_seqs=1, max_num_batched_tokens=7))
    for name in "abc":
        drive.add(name, PROMPTS[0], greedy_params(6))
    drive.step()
    drive.abort("b")
    assert drive.engine.stats().num_waiting == 1
    answers = drive.finish()
    assert answers["b"].token_ids == []
    assert answers["a"].token_ids == answers["c"].token_ids == greedy("llama", PROMPTS[0], 6)


@pytest.mark.parametrize("num_steps", [2, 8], ids=["mid-prefill", "decode"])
def test_abort_frees_its_slot_before_the_next_step(num_steps: int) -> None:
    engine = make_engine(max_num_seqs=1, max_num_batched_tokens=7)
    drive = Drive(engine)
    drive.add("a", PROMPTS[2], greedy_params(30))
    drive.add("b", PROMPTS[0], greedy_params(6))
    for _ in range(num_steps):
        drive.step()
    assert bool(drive.answers["a"].token_ids) == (num_steps == 8)
    drive.abort("a")
    assert engine.stats().num_running == 0
    drive.step()
    assert engine.stats().num_running == 1
    assert drive.finish()["b"].token_ids == greedy("llama", PROMPTS[0], 6)


def test_abort_of_the_finished_and_the_unknown_does_nothing() -> None:
    drive = Drive(make_engine())
    drive.add("a", PROMPTS[0], greedy_params(3))
    drive.finish()
    drive.abort("a")
    drive.abort("never there")
    assert not drive.engine.has_work()
    drive.add("a", PROMPTS[0], greedy_params(3))
    drive.answers["a"].token_ids.clear()
    assert drive.finish()["a"].token_ids == greedy("llama", PROMPTS[0], 3)


def test_step_without_work_is_empty() -> None:
    assert make_engine().step().sequences == ()


def test_close_drops_everything() -> None:
    drive = Drive(make_engine())
    drive.add("a", PROMPTS[0], greedy_params(30))
    drive.add("b", PROMPTS[1], greedy_params(30))
    drive.step()
    drive.engine.close()
    drive.engine.close()
    assert not drive.engine.has_work()


def test_follow_up_continues_where_the_first_turn_ended() -> None:
    drive = Drive(make_engine())
    drive.add("first", PROMPTS[2], greedy_params(10))
    turn = PROMPTS[2] + drive.finish()["first"].token_ids + PROMPTS[1]
    drive.add("second", turn, greedy_params(10))
    second = drive.finish()["second"]
    assert second.token_ids == greedy("llama", turn, 10)
    assert second.num_cached_tokens == len(PROMPTS[2]) + 9, "all but the newest token, which never went through"


@pytest.mark.parametrize("is_running", [True, False])
def test_shared_beginning_is_copied(is_running: bool) -> None:
    engine = make_engine("gemma2")
    drive, watched = Drive(engine), WatchedRunner(engine)
    drive.add("first", PROMPTS[2], greedy_params(40))
    for _ in range(10):
        drive.step()
    if not is_running:
        drive.finish()
    other = PROMPTS[2][:20] + PROMPTS[5]
    drive.add("second", other, greedy_params(10))
    answers = drive.finish()
    assert answers["second"].num_cached_tokens == 20
    assert answers["second"].token_ids == greedy("gemma2", other, 10)
    assert answers["first"].token_ids == greedy("gemma2", PROMPTS[2], 40)
    copies = [copy for batch in watched.batches for copy in batch.copies]
    assert sum(copy.num_tokens == 20 for copy in copies) == 1


def test_prefixes_never_cross_a_cache_scope() -> None:
    drive = Drive(make_engine())
    drive.add("first", PROMPTS[2], greedy_params(5), scope="one user")
    drive.finish()
    drive.add("second", PROMPTS[2], greedy_params(5), scope="another")
    drive.add("third", PROMPTS[2], greedy_params(5), scope="one user")
    answers = drive.finish()
    assert answers["second"].num_cached_tokens == 0
    assert answers["third"].num_cached_tokens == len(PROMPTS[2]) - 1
    assert answers["first"].token_ids == answers["second"].token_ids == answers["third"].token_ids


def test_aborted_prompt_is_reused_as_far_as_it_came() -> None:
    drive = Drive(make_engine())
    drive.add("first", PROMPTS[2], greedy_params(5))
    for _ in range(3):
        drive.step()
    drive.abort("first")
    drive.add("second", PROMPTS[2], greedy_params(5))
    second = drive.finish()["second"]
    assert second.num_cached_tokens == 21
    assert second.token_ids == greedy("llama", PROMPTS[2], 5)


def test_cached_tokens_of_a_preempted_sequence_are_those_of_its_first_start() -> None:
    drive = Drive(make_engine(kv_cache_max_tokens=60))
    for number, prompt in enumerate(PROMPTS):
        drive.add(str(number), prompt, greedy_params(12))
    drive.finish()
    for answer, prompt in zip(drive.answers.values(), PROMPTS, strict=True):
        assert answer.num_cached_tokens < len(prompt)
