"""Conversations answer what was asked."""

import random

from models.recipe import compose
from models.recipe.intents import BY_NAME, ENGLISH
from models.recipe.topics import claims, outside, scenarios


def test_single_questions_are_answered_by_an_intent() -> None:
    rng = random.Random(1)
    known = {text for i in ENGLISH for text in (*i.say, i.brief, i.simple, i.code)}
    assert all(compose.single(rng).turns[-1].content in known for _ in range(300))


def test_outside_questions_are_refused() -> None:
    rng = random.Random(2)
    assert all(compose.refusal(rng).turns[1].content in outside.REFUSALS for _ in range(100))


def test_no_slot_stays_empty_in_an_outside_question() -> None:
    rng = random.Random(5)
    assert not any("{" in compose.refusal_question(rng) for _ in range(500))


def test_an_echo_repeats_the_users_words() -> None:
    rng = random.Random(3)
    for _ in range(100):
        asked, told = compose.echo(rng).turns
        assert told.content in asked.content


def test_every_kind_of_work_names_an_intent_and_its_jobs_have_two_forms() -> None:
    for kind in scenarios.KINDS:
        assert kind.intent in BY_NAME
        assert all(job.split(" ", 1)[0].count("/") == 1 and "ing" in job.split(" ", 1)[0] for job in kind.jobs)


def test_doubts_about_cpu_work_in_threads_are_answered_with_no() -> None:
    assert scenarios.CPU.on_threads.startswith("No")
    assert scenarios.CPU.on_processes.startswith("Yes")
    assert scenarios.IO_BLOCKING.on_threads.startswith("Yes")


def test_claims_are_confirmed_or_corrected() -> None:
    rng = random.Random(4)
    answers = {answer for _, answer in claims.CLAIMS}
    assert {compose.claim(rng).turns[1].content for _ in range(600)} == answers
