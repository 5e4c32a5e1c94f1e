"""All that one run of the benchmark found, the comparisons drawn from it, and its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from load.bench import names, roofline
from load.bench.limits import Limits
from load.bench.result import Measurement
from load.bench.shapes import Shape
from load.bench.timing import Spread

SCHEMA = 1
LATENCIES = ("ttft_p50_ms", "ttft_p99_ms", "itl_p50_ms", "itl_p99_ms")


@dataclass(frozen=True, slots=True)
class Report:
    """One run: where, what, and every measurement of it."""

    command: str
    machine: dict[str, object]
    device: str
    shape: Shape
    limits: Limits
    measurements: tuple[Measurement, ...]

    def of(self, name: str) -> list[Measurement]:
        """The measurements of one way to serve, by number of sequences."""
        found = [measurement for measurement in self.measurements if measurement.name == name]
        return sorted(found, key=lambda measurement: measurement.workload.num_seqs)

    @property
    def baseline_names(self) -> list[str]:
        """Ways to serve that are not ours, in the order in which they were measured."""
        return list(
            dict.fromkeys(found.name for found in self.measurements if found.name not in (names.ENGINE, names.HTTP))
        )

    def engine_beside(self, other: Measurement) -> Measurement | None:
        """The engine's measurement of the same workload."""
        return next((found for found in self.of(names.ENGINE) if found.workload == other.workload), None)

    @property
    def weights(self) -> str:
        """What the engine's weights were served as. The baselines' are always bf16."""
        return "int8 weights" if self.shape.num_bytes_per_weight == 1 else "bf16"

    def beside(self, engine: Measurement, names: Sequence[str]) -> list[Measurement | None]:
        """For each name the measurement of the very workload that the engine had, None where there is none."""
        by_name = {found.name: found for found in self.measurements if found.workload == engine.workload}
        return [by_name.get(name) for name in names]

    def decode_share(self, found: Measurement) -> float | None:
        """Decode rate as a share of the roofline's; None where it was not measured."""
        limit = roofline.decode_rate(self.shape, found.workload, self.limits.ceiling)
        return found.decode_rate.median / limit if found.decode_rate else None

    def prefill_share(self, found: Measurement) -> float | None:
        """Prefill rate as a share of the roofline's; None where it was not measured."""
        limit = roofline.prefill_rate(self.shape, found.workload, self.limits.ceiling)
        return found.prefill_rate.median / limit if found.prefill_rate else None

    def engine_gain(self, other: Measurement) -> float | None:
        """How many times as many tokens a second the engine makes, prompts included; None if it was not measured."""
        engine = self.engine_beside(other)
        return engine.rate.median / other.rate.median if engine else None

    def engine_decode_gain(self, other: Measurement) -> float | None:
        """The same while all sequences decode; None where either has no such time."""
        engine = self.engine_beside(other)
        if engine is None or engine.decode_rate is None or other.decode_rate is None:
            return None
        return engine.decode_rate.median / other.decode_rate.median


def to_json(report: Report) -> dict[str, Any]:
    """The report as plain values: rates in tokens per second, latencies in milliseconds, each with its spread."""
    return {
        "schema": SCHEMA,
        "command": report.command,
        "machine": report.machine,
        "device": report.device,
        "shape": asdict(report.shape),
        "limits": asdict(report.limits),
        "measurements": [_row(report, found) for found in report.measurements],
    }


def _row(report: Report, found: Measurement) -> dict[str, Any]:
    ceiling = report.limits.ceiling
    return {
        "name": found.name,
        "workload": asdict(found.workload),
        "num_repeats": len(found.runs),
        "tokens_per_s": asdict(found.rate),
        "decode_tokens_per_s": _plain(found.decode_rate),
        "prefill_tokens_per_s": _plain(found.prefill_rate),
        **{name: asdict(found.latency_ms(name)) for name in LATENCIES},
        "peak_memory_bytes": found.peak_memory_bytes,
        "roofline": {
            "tokens_per_s": roofline.run_rate(report.shape, found.workload, ceiling),
            "decode_tokens_per_s": roofline.decode_rate(report.shape, found.workload, ceiling),
            "prefill_tokens_per_s": roofline.prefill_rate(report.shape, found.workload, ceiling),
        },
        "decode_share_of_roofline": report.decode_share(found),
        "prefill_share_of_roofline": report.prefill_share(found),
        "engine_gain": report.engine_gain(found),
        "engine_decode_gain": report.engine_decode_gain(found),
        **found.extra,
    }


def _plain(spread: Spread | None) -> dict[str, float] | None:
    return asdict(spread) if spread else None
