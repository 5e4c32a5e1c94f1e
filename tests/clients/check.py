"""Python clients of the OpenAI API against a running server: python check.py BASE_URL. Ends with 1 if one fails.

Runs in an environment of its own, with tests/clients/requirements.txt and nothing of this project.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Literal

from pydantic import BaseModel

# litellm asks a host elsewhere for prices when it is imported, and takes its own list if told so.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
BASE_URL = sys.argv[1]
QUESTION = "My CPU-bound Python code is slow. Processes or threads?"
MESSAGES = [{"role": "user", "content": QUESTION}]


class Advice(BaseModel):
    choice: Literal["asyncio", "threads", "processes"]
    certainty: Literal["low", "high"]


def get_weather(city: Literal["Oslo", "Rome"]) -> str:
    """Tell the weather of a city."""
    return f"3 degrees in {city}"


def check_litellm() -> None:
    import litellm

    known = {"model": "openai/tutor", "api_base": BASE_URL, "api_key": "none", "temperature": 0}
    whole = litellm.completion(messages=MESSAGES, **known).choices[0].message.content
    pieces = litellm.completion(messages=MESSAGES, stream=True, **known)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == whole


def check_langchain() -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="tutor", base_url=BASE_URL, api_key="none", temperature=0)
    assert model.invoke(QUESTION).content == "".join(str(piece.content) for piece in model.stream(QUESTION))
    assert isinstance(model.with_structured_output(Advice, method="json_schema").invoke(QUESTION), Advice)
    called = model.bind_tools([get_weather], tool_choice="get_weather").invoke("The weather in Oslo?")
    assert called.tool_calls[0]["name"] == "get_weather"


def check_pydantic_ai() -> None:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("tutor", provider=OpenAIProvider(base_url=BASE_URL, api_key="none"))
    assert isinstance(Agent(model, output_type=Advice).run_sync(QUESTION).output, Advice)


def check_instructor() -> None:
    import instructor
    import openai

    client = instructor.from_openai(openai.OpenAI(base_url=BASE_URL, api_key="none"))
    assert isinstance(client.create(model="tutor", messages=MESSAGES, response_model=Advice), Advice)


def check_lm_eval() -> None:
    """A harness' loglikelihoods are those that transformers gives when asked directly."""
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.openai_completions import LocalCompletionsAPI
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, pairs = (
        "models/tutor",
        [("The event loop", " runs one task at a time."), ("Use a process pool", " for CPU-bound work.")],
    )
    harness = LocalCompletionsAPI(base_url=f"{BASE_URL}/completions", model="tutor", tokenizer=folder, batch_size=2)
    requests = [Instance("loglikelihood", {}, pair, index) for index, pair in enumerate(pairs)]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    for (context, text), (found, _) in zip(pairs, harness.loglikelihood(requests), strict=True):
        ids = torch.tensor([tokenizer.encode(context + text)])
        with torch.inference_mode():
            scores = torch.log_softmax(model(ids).logits[0, :-1].float(), -1)
        start = len(tokenizer.encode(context)) - 1
        truth = float(scores[range(start, ids.shape[1] - 1), ids[0, start + 1 :]].sum())
        assert abs(found - truth) < 0.05 * abs(truth) + 0.05, (found, truth)


def main() -> int:
    checks = [check_litellm, check_langchain, check_pydantic_ai, check_instructor, check_lm_eval]
    failed = 0
    for check in checks:
        try:
            check()
            print(f"ok  {check.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
