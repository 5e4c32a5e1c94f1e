"""A chat service around a fake engine: one token a word in, one letter a token out, and everything can be counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.concurrency.lanes import LanedExecutor
from app.engine.protocol import Engine
from app.errors import InvalidRequestError
from app.observability.metrics import Metrics
from app.service.admission import Admission
from app.service.answer_form import AnswerForm
from app.service.answering import StreamParts
from app.service.chat import ChatLimits, ChatService
from app.service.choices import ChoicesStream
from app.service.engine_supervisor import EngineSupervisor
from app.service.grammar import GrammarState
from app.service.parsed_stream import ParsedStream
from app.service.rates import ServiceRates
from app.service.requests import ChatRequest, Grammar
from app.service.stop_strings import StopStringScanner
from app.service.text_stream import TextDecoder, TextStream
from app.service.wrapping import Wrapping
from tests.service.fake_engine import FakeEngine

DEADLINE_S = 20


class Words:
    """Encodes one token a word. `gate`: cleared, encoding waits. `error`: raised instead."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.encoding = asyncio.Event()
        self.error: BaseException | None = None
        self.num_calls = 0

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
    ) -> list[int]:
        self.num_calls += 1
        self.encoding.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [5] * sum(len(message["content"].split()) for message in messages)

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]:
        self.num_calls += 1
        return [[6] * len(text.split()) for text in texts]


class Letters:
    """Token n is the n-th letter."""

    def push(self, token_ids: Iterable[int]) -> str:
        return "".join(chr(97 + token_id % 26) for token_id in token_ids)

    def flush(self) -> str:
        return ""


class Harness:
    """A started chat service; `engines` are all that were built, the newest last."""

    def __init__(self, engines: Iterable[Engine], **limits: Any) -> None:
        self._left = list(engines)
        self.metrics: Metrics = limits.pop("metrics", None) or Metrics()
        self.rates = ServiceRates(max_num_seqs=8)
        self.prompts = Words()
        self.new_decoder: Any = limits.pop("new_decoder", Letters)
        self._wrapping: Wrapping = limits.pop("wrapping", None) or Wrapping()
        self.supervisor = EngineSupervisor(
            lambda: self._wrapping.engine(self._left.pop(0)),
            self.metrics,
            rates=self.rates,
            stall_s=limits.pop("stall_s", 60.0),
            failure=limits.pop("failure", "exit"),
        )
        self._timeout_s = limits.pop("timeout_s", 60.0)
        self.admission = Admission(
            max_requests=limits.pop("max_requests", 100),
            max_tokens=limits.pop("max_tokens", 10_000),
            rates=self.rates,
            draw=lambda: 0.5,
        )
        assert not limits
        self.chat: ChatService

    async def start(self) -> None:
        info = await self.supervisor.start()
        self.chat = ChatService(
            engine=self.supervisor,
            info=info,
            prompts=self._wrapping.encoder(self.prompts),
            parts=StreamParts(
                new_decoder=lambda: self._wrapping.decoder(self._decoder()),
                new_scanner=lambda stops: self._wrapping.scanner(StopStringScanner(stops)),
                bytes_of_token=lambda token_id: chr(97 + token_id % 26).encode(),
                form=AnswerForm(),
                compile_grammar=self.compile_grammar,
            ),
            admission=self._wrapping.admission(self.admission),
            rates=self.rates,
            metrics=self.metrics,
            limits=ChatLimits(self._timeout_s, 4),
        )

    async def compile_grammar(self, grammar: Grammar) -> GrammarState:
        raise InvalidRequestError("this harness has no grammars", param=grammar.param)

    async def open(self, name: str = "r", **fields: Any) -> TextStream:
        stream = await self.open_any(name, **fields)
        assert isinstance(stream, TextStream)
        return stream

    async def open_any(self, name: str = "r", **fields: Any) -> TextStream | ChoicesStream | ParsedStream:
        words = fields.pop("words", 3)
        messages = [{"role": "user", "content": "w " * words}]
        async with asyncio.timeout(DEADLINE_S):
            return await self.chat.open(ChatRequest(name, messages, **fields))

    async def finished(self, **labels: str) -> None:
        """Wait until nothing is accepted any more."""
        async with asyncio.timeout(DEADLINE_S):
            await self.admission.wait_idle()

    def _decoder(self) -> TextDecoder:
        decoder: TextDecoder = self.new_decoder()
        return decoder


async def read(stream: TextStream) -> str:
    """Return the whole answer. Raises: what the stream raises."""
    async with asyncio.timeout(DEADLINE_S):
        return "".join([delta.text async for delta in stream])


async def in_step(engine: FakeEngine) -> None:
    """Wait until a step runs (and stands at the gate, if that is closed)."""
    assert await asyncio.to_thread(engine.in_step.wait, DEADLINE_S)


@asynccontextmanager
async def running(*engines: Engine, **limits: Any) -> AsyncIterator[Harness]:
    """Yield a started harness on an executor with lanes; opens every fake engine's gate at the end."""
    executor = LanedExecutor(4)
    asyncio.get_running_loop().set_default_executor(executor)
    harness = Harness(engines, **limits)
    await harness.start()
    try:
        yield harness
    finally:
        for engine in engines:
            if isinstance(engine, FakeEngine):
                engine.gate.set()
        async with asyncio.timeout(DEADLINE_S):
            await harness.supervisor.close()
        executor.shutdown()
