"""Measures the engine and the service on this machine, against its own limits and other ways to serve a model."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from load.bench import baselines, engine_bench, grammar_cost, http_bench, limits, machine, peer
from load.bench import chats as chats_bench
from load.bench.chart import draw
from load.bench.chats import ChatPlan, ChatReport, format_chats
from load.bench.grammar_cost import GrammarCost, format_costs
from load.bench.report import Report, to_json
from load.bench.result import Measurement
from load.bench.roofline import step_bytes
from load.bench.saved_model import save_random_model
from load.bench.serving import Serving
from load.bench.shapes import SHAPES, Shape
from load.bench.table import format_report
from load.bench.workload import Workload
from load.few_collections import few_collections
from load.own_server import clean_termination
from load.traffic.target import NoTargetError, target_at

_SPARE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run measures, from the command line."""

    shape: Shape
    device: torch.device
    workloads: tuple[Workload, ...]
    http_counts: frozenset[int]
    baseline_counts: frozenset[int]
    num_repeats: int
    num_baseline_repeats: int
    serving: Serving

    def workloads_at(self, counts: frozenset[int]) -> list[Workload]:
        return [workload for workload in self.workloads if workload.num_seqs in counts]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("--shape", choices=sorted(SHAPES), default="smollm2-135m", help="the model's shape (default: %(default)s)")
    add("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    add("--weights", choices=("auto", "int8"), default="auto", help="UNBLOCKED_WEIGHTS of engine and service")
    add("--threads", type=_at_least(1), default=machine.usable_cpus(), help="torch threads (default: the usable cores)")
    add("--seqs", type=_counts, default=(1, 4, 16, 64), help="sequences at once (default: 1,4,16,64)")
    add("--prompt", type=_at_least(1), default=128, help="tokens of a prompt (default: %(default)s)")
    add("--output", type=_at_least(2), default=64, help="tokens of an answer, 2 at least (default: %(default)s)")
    add("--rounds", type=_at_least(1), default=1, help="requests of each client in turn (default: %(default)s)")
    add("--repeat", type=_at_least(1), default=5, help="repetitions of engine and HTTP (default: %(default)s)")
    add("--baselines", type=_counts, default=(1, 16), help='sequences for the baselines, or "none" (default: 1,16)')
    add("--baseline-repeat", type=_at_least(1), default=3, help="repetitions of the baselines (default: %(default)s)")
    add("--http", type=_counts, help='clients for the HTTP benchmark, or "none" (default: as --seqs)')
    add("--step-tokens", type=int, default=512, help="max_num_batched_tokens (default: %(default)s)")
    add("--prefill-ms", type=float, default=200.0, help="max_prefill_ms; a large one: no limit (default: %(default)s)")
    add("--chats", action="store_true", help="only what prefix reuse and chunked prefill do for chats, over HTTP")
    add("--grammar", action="store_true", help="only what a JSON schema costs a decode step, over HTTP, at --seqs")
    add("--peer", metavar="URL", help="only our service beside this OpenAI-compatible server, which has the same model")
    add("--save", type=Path, metavar="FOLDER", help="only write the random model, for the server that --peer names")
    add("--out", type=Path, default=Path("reports"), help="folder for bench.json and bench.svg (default: %(default)s)")


def run(args: argparse.Namespace, *, measured: Callable[[Plan], Report] | None = None) -> int:
    """Measure, print the tables, write the JSON and the picture. Returns the exit status."""
    plan = plan_of(args)
    if args.save:
        save_random_model(plan.shape, args.save)
        return 0
    if args.peer:
        return _compare(plan, args.peer)
    if args.chats or args.grammar:
        with clean_termination():
            chats = ChatPlan(num_repeats=args.repeat)
            print(format_chats(measure_chats(plan, chats)) if args.chats else format_costs(measure_grammar(plan)))
        return 0
    args.out.mkdir(parents=True, exist_ok=True)  # if it can't be, better now than after the run
    with clean_termination():
        report = (measured or measure)(plan)
    (args.out / "bench.json").write_text(json.dumps(to_json(report), indent=2) + "\n", encoding="utf-8")
    (args.out / "bench.svg").write_text(draw(report), encoding="utf-8")
    print(format_report(report))
    print(f"\nwritten: {args.out / 'bench.json'}, {args.out / 'bench.svg'}")
    return 0


def _compare(plan: Plan, url: str) -> int:
    try:
        other = target_at(url)
    except NoTargetError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    with clean_termination():
        print(peer.format_peer(measure_peer(plan, f"http://{other.host}:{other.port}")))
    return 0


def plan_of(args: argparse.Namespace) -> Plan:
    """The plan that the options ask for."""
    counts = sorted({*args.seqs, *args.baselines, *(args.http or ())})
    max_num_seqs = max(counts)
    return Plan(
        shape=replace(SHAPES[args.shape], num_bytes_per_weight=1 if args.weights == "int8" else 2),
        device=torch.device(args.device),
        workloads=tuple(Workload(count, args.prompt, args.output, args.rounds) for count in counts),
        http_counts=frozenset(args.seqs if args.http is None else args.http),
        baseline_counts=frozenset(args.baselines),
        num_repeats=args.repeat,
        num_baseline_repeats=args.baseline_repeat,
        serving=Serving(
            device=args.device,
            num_threads=args.threads,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max(args.step_tokens, 2 * max_num_seqs),
            max_model_len=args.prompt + args.output + _SPARE_TOKENS,
            weights=args.weights,
            max_prefill_ms=args.prefill_ms,
        ),
    )


def measure(plan: Plan) -> Report:
    """Run the whole plan. The machine's limits are measured before and after, and the better ones count."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_num_threads(plan.serving.num_threads)
    with _saved(plan) as folder:
        before = _limits(plan)
        found = [*_engine(plan, folder), *_http(plan, folder), *_baselines(plan, folder)]
        best = before.or_better(_limits(plan))
    return Report(
        command=machine.command_line(),
        machine=machine.describe(plan.device),
        device=plan.device.type,
        shape=plan.shape,
        limits=best,
        measurements=tuple(found),
    )


def measure_chats(plan: Plan, chats: ChatPlan) -> ChatReport:
    """A service of its own, with room for a long prompt beside a crowd, under the plan's other settings."""
    longest = max(chats.history, chats.long_prompt) + _SPARE_TOKENS * 4
    serving = replace(plan.serving, max_num_seqs=chats.crowd.num_seqs + 1, max_model_len=longest)
    with _saved(plan) as folder:
        _say("chats over HTTP")
        with http_bench.served_model(folder, serving) as url, few_collections():
            return chats_bench.measure(url, http_bench.SERVED_NAME, chats)


def measure_grammar(plan: Plan) -> list[GrammarCost]:
    """A service of its own, with a model that names a token for the end."""
    with _saved(plan, has_end=True) as folder:
        _say("streams with and without a JSON schema, over HTTP")
        with http_bench.served_model(folder, plan.serving) as url, few_collections():
            return grammar_cost.measure(url, plan.workloads_at(plan.http_counts), num_repeats=plan.num_repeats)


def measure_peer(plan: Plan, url: str) -> list[Measurement]:
    """Services of our own beside the server at `url`. Raises: ServerNotReadyError, UnexpectedAnswerError, OSError."""
    found: list[Measurement] = []
    with _saved(plan) as folder, peer.served(folder, plan.serving) as ours:
        urls = {**ours, peer.PEER: url}
        for workload in plan.workloads_at(plan.http_counts):
            _say(f"{', '.join(urls)}: {workload.num_seqs} clients")
            with few_collections():
                found += peer.measure(urls, workload, num_repeats=plan.num_repeats)
    return found


@contextmanager
def _saved(plan: Plan, *, has_end: bool = False) -> Iterator[Path]:
    """A folder with a random model of the plan's shape, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        _say(f"making a random model of the shape {plan.shape.name}")
        save_random_model(plan.shape, Path(name), has_end=has_end)
        yield Path(name)


def _limits(plan: Plan) -> limits.Limits:
    _say("measuring the machine's limits")
    found = limits.measure(plan.device, weights_bytes=step_bytes(plan.shape, num_context_tokens=0))
    _free(plan)
    return found


def _engine(plan: Plan, folder: Path) -> Iterator[Measurement]:
    with engine_bench.loaded_engine(folder, plan.serving) as engine:
        for workload in plan.workloads:
            _say(f"engine, {workload.num_seqs} sequences")
            with few_collections():
                yield engine_bench.measure(engine, workload, num_repeats=plan.num_repeats, device=plan.device)
        del engine
    _free(plan)


def _http(plan: Plan, folder: Path) -> Iterator[Measurement]:
    if workloads := plan.workloads_at(plan.http_counts):
        _say("starting the service")
        with http_bench.served_model(folder, plan.serving) as url:
            for workload in workloads:
                _say(f"HTTP, {workload.num_seqs} clients")
                with few_collections():
                    yield http_bench.measure(url, workload, num_repeats=plan.num_repeats)


def _baselines(plan: Plan, folder: Path) -> Sequence[Measurement]:
    workloads = plan.workloads_at(plan.baseline_counts)
    if not workloads:
        return []
    _say(f"baselines: {', '.join(baselines.NAMES)}")
    return baselines.measure_all(folder, workloads, device=plan.device.type, num_repeats=plan.num_baseline_repeats)


def _free(plan: Plan) -> None:
    gc.collect()
    if plan.device.type == "cuda":
        torch.cuda.empty_cache()


def _say(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)


def _at_least(least: int) -> Callable[[str], int]:
    """A type for argparse: without a second token or a repetition there is no rate, and that would show at the end."""

    def number(text: str) -> int:
        if (value := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return number


def _counts(text: str) -> tuple[int, ...]:
    """Numbers with commas between them; "none" is none. Raises: ArgumentTypeError, which argparse tells its way."""
    if text == "none":
        return ()
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        counts = (0,)
    if min(counts) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers from 1 on with commas, such as 1,16,64")
    return counts
