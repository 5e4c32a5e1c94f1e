from __future__ import annotations

from app.engine.protocol import SequenceOutput, TokenLogprobs
from app.service.requests import ScoredToken
from app.service.token_scores import TokenScores


def letter(token_id: int) -> bytes:
    return bytes([97 + token_id])


def found(token_id: int) -> TokenLogprobs:
    return TokenLogprobs(token_id, -float(token_id), ((token_id + 1, -0.5),))


def scored(token_id: int) -> ScoredToken:
    return ScoredToken(letter(token_id), -float(token_id), ((letter(token_id + 1), -0.5),))


def test_scores_come_with_the_text_of_their_tokens() -> None:
    scores = TokenScores(letter)
    scores.put(SequenceOutput("r", (1, 2), logprobs=(found(1), found(2))))
    assert scores.take() == ()
    scores.advance(1)
    assert scores.take() == (scored(1),)
    assert scores.take() == ()
    scores.put(SequenceOutput("r", (3,), logprobs=(found(3),)))
    scores.advance(2)
    assert scores.take() == (scored(2), scored(3))


def test_the_token_that_ends_an_answer_is_left_out() -> None:
    scores = TokenScores(letter)
    scores.put(SequenceOutput("r", (1, 2), "stop", logprobs=(found(1), found(2))))
    scores.advance(2, num_dropped=1)
    assert scores.take() == (scored(1),)


def test_a_prompt_is_told_once_with_its_first_token() -> None:
    scores = TokenScores(letter, first_prompt_token_id=0)
    scores.put(SequenceOutput("r", (5,), prompt_logprobs=(found(1), found(2))))
    assert scores.take_prompt() == (ScoredToken(b"a", None), scored(1), scored(2))
    assert scores.take_prompt() == ()


def test_a_prompt_of_one_token_is_told_too() -> None:
    assert TokenScores(letter, first_prompt_token_id=0).take_prompt() == (ScoredToken(b"a", None),)


def test_a_prompt_that_nobody_asked_about_is_not_told() -> None:
    assert TokenScores(letter).take_prompt() == ()
