"""A real server, asked with canaries: none is in what it writes or measures, and nothing that they name is fetched."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.api_keys import key_line
from tests.end_to_end.server_process import ServerProcess, running_server

DEADLINE_S = 60
KEY = "ub-canary-key"
URLS = ("http://127.0.0.1:{port}/canary.png", "file:///canary.png", "http://canary.example/x", "//canary.example/x")


def bodies(model: str, port: int) -> list[dict[str, Any]]:
    """Requests with URLs wherever one could be taken for something to fetch."""
    urls = [url.format(port=port) for url in URLS]
    good: list[dict[str, Any]] = [
        {"messages": [{"role": "user", "content": f"canary {url} ![x]({url}) <img src='{url}'>"}]} for url in urls
    ]
    tool: dict[str, Any] = {
        "type": "function",
        "function": {"name": "f", "description": urls[0], "parameters": {"$ref": urls[0]}},
    }
    good.append({"messages": [{"role": "user", "content": "canary"}], "tools": [tool]})
    bad: list[dict[str, Any]] = [
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]} for url in urls
    ]
    bad.append({"messages": [{"role": "user", "content": "canary"}], "response_format": {"type": urls[0]}})
    return [{"model": model, "max_tokens": 4, **body} for body in good + bad] + [{"model": urls[0], **good[0]}]


async def ask_everything(server: ServerProcess, port: int) -> list[int]:
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S, headers=headers) as http:
        model = (await http.get("/v1/models")).json()["data"][0]["id"]
        statuses = []
        for body in bodies(model, port):
            for is_stream in (False, True):
                answer = await http.post("/v1/chat/completions", json={**body, "stream": is_stream})
                statuses.append(answer.status_code)
                assert answer.status_code == 200 or "canary" not in answer.text
        assert (await http.get("/canary")).status_code == 404
        assert (await http.get("/v1/models", headers={"authorization": "Bearer canary"})).status_code == 401
        assert "canary" not in (await http.get("/metrics")).text
        return statuses


async def test_nothing_of_a_request_is_written_and_nothing_it_names_is_fetched(random_model: Path) -> None:
    keys = key_line(KEY, name="alice")
    with socket.create_server(("127.0.0.1", 0)) as bait:
        bait.setblocking(False)
        with running_server(
            random_model, module="tests.end_to_end.serve_audited", api_keys=keys, tokenize_process_min_chars=60
        ) as server:
            statuses = await ask_everything(server, bait.getsockname()[1])
            server.terminate()
            assert await asyncio.to_thread(server.wait) == 0
        assert [statuses.count(status) for status in (200, 400, 404)] == [10, 10, 2]
        with pytest.raises(BlockingIOError):  # nobody called
            bait.accept()
    written = "".join(server.output)
    assert "canary" not in written
    assert "AUDIT" not in written
    requests = [line for line in server.output if "/v1/chat/completions" in line and "app.api.edge" in line]
    assert len(requests) == len(statuses)
