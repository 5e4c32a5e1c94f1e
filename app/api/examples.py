"""Request bodies for the interactive documentation. A test posts each as it stands."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

_QUESTION = {"role": "user", "content": "When should I use multiprocessing?"}

_WEATHER_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


_ANSWER_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "schema": {
            "type": "object",
            "properties": {
                "choice": {"enum": ["asyncio", "threads", "processes"]},
                "reason": {"type": "string", "maxLength": 200},
            },
            "required": ["choice", "reason"],
            "additionalProperties": False,
        },
    },
}


def chat_examples(model_name: str) -> dict[str, Example]:
    """Return bodies for POST /v1/chat/completions."""
    follow_up = [
        {"role": "system", "content": "Answer in one sentence."},
        _QUESTION,
        {"role": "assistant", "content": "For CPU-bound Python code."},
        {"role": "user", "content": "And asyncio?"},
    ]
    streamed = {"model": model_name, "messages": [_QUESTION], "stream": True, "stream_options": {"include_usage": True}}
    sampled = {
        "model": model_name,
        "messages": follow_up,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 7,
        "max_tokens": 64,
    }
    tools = {
        "model": model_name,
        "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
        "tools": [_WEATHER_TOOL],
    }
    return {
        "whole": {"summary": "A whole answer", "value": {"model": model_name, "messages": [_QUESTION]}},
        "streamed": {"summary": "A streamed answer with token counts", "value": streamed},
        "sampled": {"summary": "Several turns, sampled with a seed", "value": sampled},
        "tools": {"summary": "With a tool", "value": tools},
        "json": {
            "summary": "JSON that keeps to a schema",
            "value": {"model": model_name, "messages": [_QUESTION], "response_format": _ANSWER_FORMAT},
        },
        "choices": {
            "summary": "Two answers with log-probabilities",
            "value": {"model": model_name, "messages": [_QUESTION], "n": 2, "logprobs": True, "top_logprobs": 2},
        },
    }


def text_examples(model_name: str) -> dict[str, Example]:
    """Return bodies for POST /v1/completions."""
    scored = {"model": model_name, "prompt": "The event loop", "max_tokens": 0, "echo": True, "logprobs": 1}
    return {
        "text": {"summary": "A text to go on with", "value": {"model": model_name, "prompt": "The event loop"}},
        "ids": {"summary": "Two prompts of token ids", "value": {"model": model_name, "prompt": [[72, 73], [74]]}},
        "scored": {"summary": "How likely the prompt's own tokens are", "value": scored},
    }


def tokenize_examples() -> dict[str, Example]:
    """Return bodies for POST /v1/tokenize."""
    return {
        "text": {"summary": "One text", "value": {"text": "The event loop never blocks."}},
        "texts": {"summary": "Many texts, counts only", "value": {"texts": ["one", "two"], "return_token_ids": False}},
        "messages": {"summary": "Messages, as the model sees them", "value": {"messages": [_QUESTION]}},
    }


def vllm_tokenize_examples() -> dict[str, Example]:
    """Return bodies for POST /tokenize."""
    return {"prompt": {"summary": "A prompt", "value": {"prompt": "The event loop", "return_token_strs": True}}}


def vllm_detokenize_examples() -> dict[str, Example]:
    """Return bodies for POST /detokenize."""
    return {"ids": {"summary": "Token ids", "value": {"tokens": [72, 73, 74]}}}


def detokenize_examples() -> dict[str, Example]:
    """Return bodies for POST /v1/detokenize."""
    return {"ids": {"summary": "Token ids", "value": {"token_ids": [72, 73, 74]}}}
