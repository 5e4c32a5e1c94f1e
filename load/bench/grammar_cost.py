"""What keeping to a form costs a decode step, over HTTP: the same streams without a grammar and with one, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from load.bench import http_bench
from load.bench.sse_client import UnexpectedAnswerError
from load.bench.timing import Spread, decode_rate
from load.bench.workload import Workload
from load.table import format_table

_WARM_UP_TOKENS = 4


@dataclass(frozen=True, slots=True)
class GrammarCost:
    """Milliseconds a decode step, of so many streams at once: free, and kept to a JSON schema."""

    num_seqs: int
    free_ms: Spread
    kept_ms: Spread

    @property
    def more(self) -> float:
        """The schema's share on top, of the medians."""
        return self.kept_ms.median / self.free_ms.median - 1


def measure(url: str, workloads: Sequence[Workload], *, num_repeats: int) -> list[GrammarCost]:
    """Run each workload so often, by turns with and without; each time with other prompts.

    Raises: UnexpectedAnswerError, OSError.
    """
    return [_cost(url, workload, num_repeats=num_repeats) for workload in workloads]


def format_costs(costs: Sequence[GrammarCost]) -> str:
    """A table, a line for each number of streams."""
    rows = [(str(cost.num_seqs), _spread(cost.free_ms), _spread(cost.kept_ms), f"{cost.more:+.1%}") for cost in costs]
    return format_table(("streams", "free, ms a step", "with a JSON schema", "more"), rows)


def schema(*, num_items: int) -> dict[str, Any]:
    """A list of so many records at least: no answer of as many tokens comes to its end."""
    record = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 16},
            "count": {"type": "integer"},
            "kind": {"enum": ["thread", "process", "coroutine"]},
        },
        "required": ["name", "count", "kind"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": record, "minItems": num_items}


def _cost(url: str, workload: Workload, *, num_repeats: int) -> GrammarCost:
    form = {"structured_outputs": {"json": schema(num_items=workload.output_len)}}
    http_bench.ask_all(url, workload.texts(seed=0), workload=workload, output_len=_WARM_UP_TOKENS, extra=form)
    free, kept = [], []
    for repeat in range(1, num_repeats + 1):
        free.append(_step_ms(url, workload, seed=2 * repeat))
        kept.append(_step_ms(url, workload, seed=2 * repeat + 1, extra=form))
    return GrammarCost(workload.num_seqs, Spread.of(free), Spread.of(kept))


def _step_ms(url: str, workload: Workload, *, seed: int, extra: dict[str, Any] | None = None) -> float:
    texts = workload.texts(seed=seed)
    rate = decode_rate(http_bench.ask_all(url, texts, workload=workload, output_len=workload.output_len, extra=extra))
    if rate is None:
        raise UnexpectedAnswerError("there was no time in which all streams decoded; ask for longer answers")
    return 1000 * workload.num_seqs / rate


def _spread(found: Spread) -> str:
    return f"{found.median:.2f} ({found.low:.2f}-{found.high:.2f})"
