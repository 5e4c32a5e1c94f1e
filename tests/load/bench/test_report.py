"""Comparisons are drawn between equal workloads, and the JSON says all of it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from load.bench.report import Report, to_json
from load.bench.roofline import decode_rate
from tests.load.bench.made_up import full_report, measurement, report


def find(of: Report, name: str, num_seqs: int) -> dict[str, object]:
    rows: list[dict[str, object]] = to_json(of)["measurements"]
    (row,) = [row for row in rows if row["name"] == name and row["workload"]["num_seqs"] == num_seqs]  # type: ignore[index]
    return row


def test_the_gain_is_the_engines_rate_over_the_others() -> None:
    row = find(full_report(), "to_thread x4", 4)
    assert row["engine_gain"] == pytest.approx(10.0)
    assert row["engine_decode_gain"] == pytest.approx(10.0)
    assert find(full_report(), "http", 4)["engine_gain"] == pytest.approx(1.25)


def test_other_workloads_are_not_compared() -> None:
    other = measurement("to_thread x4", 16, step_s=1.0)
    longer = dataclasses.replace(other, workload=dataclasses.replace(other.workload, num_seqs=4, output_len=6))
    made = report(measurement("engine", 4, step_s=0.2), longer)
    assert find(made, "to_thread x4", 4)["engine_gain"] is None


def test_the_share_of_the_roofline_is_of_the_better_limit() -> None:
    made = full_report()
    engine = made.of("engine")[1]
    assert made.limits.ceiling.read_bytes_per_s == 2e9
    expected = 20.0 / decode_rate(made.shape, engine.workload, made.limits.ceiling)
    assert find(made, "engine", 4)["decode_share_of_roofline"] == pytest.approx(expected)


def test_the_json_has_every_measurement_with_its_spreads() -> None:
    plain = json.loads(json.dumps(to_json(full_report()), allow_nan=False))
    assert plain.keys() == {"schema", "command", "machine", "device", "shape", "limits", "measurements"}
    rows = plain["measurements"]
    assert [row["name"] for row in rows] == ["engine", "engine", "http", "to_thread x4", "static batch"]
    spreads = ("tokens_per_s", "ttft_p50_ms", "ttft_p99_ms", "itl_p50_ms", "itl_p99_ms")
    assert all(row[name].keys() == {"median", "low", "high"} for row in rows for name in spreads)
    assert rows[0]["tokens_per_s"]["median"] == pytest.approx(10.0)
    assert rows[2]["healthz_p99_ms"] == 4.0


def test_baselines_are_all_that_is_not_ours() -> None:
    assert full_report().baseline_names == ["to_thread x4", "static batch"]
