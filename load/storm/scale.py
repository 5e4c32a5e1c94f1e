"""How much of everything: the storm as it is promised, and a short form for continuous integration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Durations in seconds, and counts."""

    num_clients: int = 48
    answer_tokens: int = 32
    calm_s: float = 2.0
    peak_s: float = 8.0
    overload_factor: float = 10.0
    flood_s: float = 30.0
    large_flood_s: float = 12.0
    large_interval_s: float = 0.5
    large_chars: int = 1_000_000
    recovery_s: float = 4.0
    num_leavers: int = 200
    num_leaving_rounds: int = 50
    max_stay_s: float = 0.6
    num_silent: int = 2000
    num_half_headers: int = 500
    num_trickled: int = 500
    num_slow_readers: int = 4
    num_normal_readers: int = 4
    num_reader_rounds: int = 10
    reader_tokens: int = 300
    drain_load_s: float = 2.0
    num_worker_rounds: int = 2
    num_worker_jobs: int = 8
    worker_job_chars: int = 400_000
    num_faults: int = 10_000
    max_faults_s: float = 60.0
    num_hostile: int = 600
    num_canaries: int = 64
    num_canary_rounds: int = 3
    soak_s: float = 300.0
    soak_share: float = 0.8
    fairness_s: float = 12.0
    fair_share: float = 0.4  # of the peak; two halves would make a queue that grows by chance alone


FULL = Scale()

SHORT = Scale(
    num_clients=16,
    answer_tokens=16,
    calm_s=1.0,
    peak_s=2.0,
    flood_s=4.0,
    large_flood_s=2.0,
    recovery_s=2.5,
    num_leavers=80,
    num_leaving_rounds=4,
    num_silent=300,
    num_half_headers=50,
    num_trickled=50,
    num_reader_rounds=1,
    reader_tokens=100,
    drain_load_s=1.0,
    num_worker_rounds=1,
    num_worker_jobs=4,
    num_faults=300,
    max_faults_s=5.0,
    num_hostile=550,
    num_canaries=16,
    num_canary_rounds=1,
    soak_s=20.0,
    fairness_s=1.5,
)
