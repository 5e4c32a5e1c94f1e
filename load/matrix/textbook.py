"""The textbook's way to serve a model: `generate()` in a pool of threads, one request a thread.

Thread: `generate` is called on the pool's threads, several at once. Torch makes a team of threads for each of them.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

MODEL = Path(__file__).parents[2] / "models" / "tutor"
_PROMPT_TOKENS = 16


@cache
def model() -> Any:
    return AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()


def generate(prompt: torch.Tensor, num_tokens: int) -> int:
    """Answer one prompt [1, tokens] to the last token and count the new ones."""
    answer = model().generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
        min_new_tokens=num_tokens, max_new_tokens=num_tokens, pad_token_id=0,
    )  # fmt: skip
    return int(answer.shape[1] - prompt.shape[1])


async def serve_all(prompts: list[torch.Tensor], *, num_tokens: int, num_threads: int) -> int:
    """What the endpoints of such a service do when all prompts come at once. Returns the tokens of all answers."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=num_threads) as model_executor:
        answers = [loop.run_in_executor(model_executor, generate, prompt, num_tokens) for prompt in prompts]
        return sum(await asyncio.gather(*answers))


def rate(*, num_clients: int, num_tokens: int, num_threads: int) -> float:
    """Output tokens per second; the model is loaded and has answered once before the clock starts."""
    prompts = [torch.full((1, _PROMPT_TOKENS), 100 + client) for client in range(num_clients)]
    generate(prompts[0], 2)
    began = time.perf_counter()
    num_done = asyncio.run(serve_all(prompts, num_tokens=num_tokens, num_threads=num_threads))
    return num_done / (time.perf_counter() - began)
