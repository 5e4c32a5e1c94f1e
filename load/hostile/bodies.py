"""Bodies that no route takes: broken JSON, and JSON with wrong fields. Data only."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

from load.hostile.case import CHAT, DETOKENIZE, TOKENIZE, HostileCase, post

BROKEN_JSON: dict[str, bytes] = {
    "no body": b"",
    "blank": b" \r\n\t ",
    "a number": b"3",
    "a string": b'"x"',
    "a list": b"[]",
    "null": b"null",
    "true": b"true",
    "an empty object": b"{}",
    "cut in a key": b'{"mod',
    "cut after a colon": b'{"model":',
    "cut in a string": b'{"model":"x',
    "cut in an escape": b'{"model":"\\u00',
    "cut in a literal": b'{"model":tru',
    "two documents": b"{} {}",
    "something after it": b"{}x",
    "trailing comma": b'{"model":"x",}',
    "comment": b'{"model":"x"}/*c*/',
    "single quotes": b"{'model':'x'}",
    "no quotes": b"{model:1}",
    "NaN": b'{"temperature":NaN}',
    "Infinity": b'{"temperature":Infinity}',
    "-Infinity": b'{"temperature":-Infinity}',
    "1e999": b'{"temperature":1e999}',
    "-1e999": b'{"temperature":-1e999}',
    "leading zero": b'{"max_tokens":01}',
    "hexadecimal": b'{"max_tokens":0x10}',
    "plus sign": b'{"max_tokens":+1}',
    "bare point": b'{"temperature":.5}',
    "5,000 digits": b'{"max_tokens":' + b"9" * 5000 + b"}",
    "50,000 digits after the point": b'{"temperature":0.' + b"9" * 50_000 + b"x}",
    "lone high surrogate": b'{"model":"\\ud800"}',
    "lone low surrogate": b'{"model":"\\udc00x"}',
    "surrogates the wrong way round": b'{"model":"\\udc00\\ud800"}',
    "surrogate in a key": b'{"\\ud800":1}',
    "surrogate as UTF-8": b'{"model":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"model":"\xc0\xaf"}',
    "UTF-8 beyond Unicode": b'{"model":"\xf5\x80\x80\x80"}',
    "cut UTF-8": b'{"model":"\xe2\x82"}',
    "Latin-1": b'{"model":"\xe9"}',
    "UTF-16": '{"model":"x"}'.encode("utf-16"),
    "UTF-32": '{"model":"x"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"model":"x"}',
    "nul bytes": b"\x00" * 64,
    "raw nul in a string": b'{"model":"\x00"}',
    "raw newline in a string": b'{"model":"a\nb"}',
    "duplicate key": b'{"model":"x","model":"y"}',
    "duplicate key, escaped": b'{"model":"x","mod\\u0065l":"y"}',
    "duplicate key, deep": b'{"messages":[{"role":"user","role":"system","content":"x"}]}',
    "deep lists": b"[" * 50_000,
    "deep lists, closed": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep in messages": b'{"messages":' + b"[" * 100 + b"]" * 100 + b"}",
    "many unknown fields": b"{" + b",".join(b'"f%d":1' % index for index in range(5000)) + b"}",
    "prototype": b'{"__proto__":{"x":1},"constructor":1}',
    "a field with a nul": b'{"\\u0000":1}',
    "a form": b"model=x&messages=y",
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "YAML": b"model: !!python/object/apply:os.system ['true']",
    "MessagePack": b"\x81\xa5model\xa1x",
    "SSE": b"data: {}\n\n",
    "gzip": gzip.compress(b'{"model":"x"}', mtime=0),
    "random": bytes((index * 167 + 13) % 256 for index in range(4096)),
    "200,000 values": b'{"token_ids":[' + b"0," * 200_000 + b"0]}",
    "200,000 bad messages": b'{"messages":[' + b"1," * 140_000 + b"1]}",
    "a long key": b'{"' + b"k" * 50_000 + b'":1}',
}  # fmt: skip

_USER = {"role": "user", "content": "x"}
_TOOL = {"type": "function", "function": {"name": "f"}}

# Each is put over a good chat request; a list gives several values for one field.
WRONG_CHAT_FIELDS: dict[str, list[Any]] = {
    "model": [None, 1, "", ["x"], {"x": 1}, "m" * 10_000, "../../etc/passwd", "http://127.0.0.1/x", "nobody/s"],
    "messages": [
        None, {}, "x", [], [None], [[]], [{}], ["x"], [{"role": "user"}], [{"content": "x"}], [_USER] * 5000,
        [{**_USER, "role": role} for role in ("root",)], [{**_USER, "role": ["user"]}], [{**_USER, "role": "r" * 9000}],
        [{**_USER, "content": None}], [{**_USER, "content": 1}], [{**_USER, "content": {}}], [{**_USER, "content": []}],
        [{**_USER, "content": ["x"]}], [{**_USER, "content": [{"type": "text"}]}],
        [{**_USER, "content": [{"type": "text", "text": 1}]}],
        [{**_USER, "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}}]}],
        [{**_USER, "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
        [{**_USER, "content": [{"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}}]}],
        [{**_USER, "content": [{"type": "file", "file": {"file_id": "x"}}]}],
        [{**_USER, "content": [{"type": "text", "text": "x"}] * 300}], [{**_USER, "colour": "x"}],
        [{**_USER, "name": "n" * 300}],
        [{"role": "tool", "content": "x"}], [{"role": "assistant", "tool_calls": [{}]}],
        [{"role": "assistant", "audio": {"id": "x"}}],
    ],
    "max_tokens": [0, -1, 1.5, "5", True, [], 10**12, 10**40],
    "max_completion_tokens": [0, -1, 10**12, "x"],
    "temperature": [-0.1, 2.1, 1e308, "1", True, []],
    "top_p": [-0.1, 1.1, "x"],
    "top_k": [-2, 1.5, 10**12],
    "min_p": [-1, 2],
    "repetition_penalty": [0, -1, 1e9],
    "presence_penalty": [-2.1, 2.1],
    "frequency_penalty": [-2.1, 2.1],
    "logit_bias": [
        {"x": 1}, {"-1": 1}, {"1": 101}, {"1": "x"}, {"9" * 40: 1}, [1], {str(index): 1 for index in range(5000)},
    ],
    "seed": [2**63, -(2**63) - 1, 1.5, "x"],
    "stop": ["", ["a"] * 5, [""], [1], "x" * 10_000, ["a"] * 20_000, {}],
    "stop_token_ids": [[-1], [2**31], ["1"], "1", list(range(20_000))],
    "stream": ["yes", 1, []],
    "stream_options": [{"include_usage": True}, "x", {"x": 1}],
    "tools": [
        "x", [{}], [_TOOL] * 200, [{"type": "code", "function": {"name": "f"}}],
        [{"type": "function", "function": {"name": "a b"}}],
        [{"type": "function", "function": {"name": "f", "parameters": {"x": "y" * 70_000}}}],
    ],
    "tool_choice": ["required", "x", 1, {"type": "function", "function": {"name": "f"}}],
    "n": [0, 129, 10**9, "1", -1, True],
    "top_logprobs": [5, 10**9],
    "logprobs": ["x", 1],
    "user": [1, "u" * 600],
    "response_format": [
        {"type": "x"}, {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"name": "x", "schema": "y"}},
        {"type": "json_schema", "json_schema": {"name": "x", "schema": {"description": "y" * 70_000}}},
    ],
    "structured_outputs": [{}, {"regex": ""}, {"regex": "a" * 5000}, {"regex": "a", "choice": ["b"]}, {"choice": []}],
    "chat_template": ["{{ cycler.__init__.__globals__.os.popen('true').read() }}"],
    "chat_template_kwargs": [{"x": "{{7*7}}"}],
    "guided_regex": ["(a+)+$"],
    "trust_remote_code": [True],
    "__class__": ["x"],
}  # fmt: skip

WRONG_TOKEN_BODIES: dict[str, list[dict[str, Any]]] = {
    TOKENIZE: [
        {"text": None}, {"text": 1}, {"text": ["x"]}, {"texts": []}, {"texts": "x"}, {"texts": [1]},
        {"texts": ["x"] * 10_001}, {"text": "x", "texts": ["x"]}, {"text": "x", "tools": [_TOOL]}, {"messages": []},
        {"text": "x", "return_token_ids": "no"}, {"text": "x", "model": "nobody/s"}, {"text": "x", "prompt": "x"},
    ],
    DETOKENIZE: [
        {"token_ids": None}, {"token_ids": "x"}, {"token_ids": [-1]}, {"token_ids": [2**31]}, {"token_ids": [1.5]},
        {"token_ids": ["1"]}, {"token_ids": [True]}, {"token_ids": [[1]]}, {"token_ids": [2**31 - 1]},
        {"token_ids": [1], "model": "nobody/s"},
    ],
}  # fmt: skip


def body_cases() -> Iterator[HostileCase]:
    """Yield every broken document for every route that reads one, and every wrong field for the route that has it."""
    for path in (CHAT, TOKENIZE, DETOKENIZE):
        yield from (HostileCase(f"{path}: {name}", post(path, body)) for name, body in BROKEN_JSON.items())
    for field, values in WRONG_CHAT_FIELDS.items():
        for index, value in enumerate(values):
            body = {"model": "tutor", "messages": [_USER], field: value}
            yield HostileCase(f"{field}: wrong value {index}", post(CHAT, json.dumps(body).encode()))
    for path, bodies in WRONG_TOKEN_BODIES.items():
        for index, body in enumerate(bodies):
            yield HostileCase(f"{path}: wrong body {index}", post(path, json.dumps(body).encode()))
