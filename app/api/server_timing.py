"""The Server-Timing header: where a request's time went, as browsers' developer tools show it."""

from __future__ import annotations

from collections.abc import Mapping

from app.service.requests import Timings


def timings_of(timings: Timings) -> dict[str, float]:
    """Return what is known of an answer's stages, in seconds, under their names in the header."""
    stages = {
        "tokenize": timings.tokenize_s,
        "queue": timings.queue_s,
        "prefill": timings.prefill_s,
        "decode": timings.decode_s,
    }
    return {name: seconds for name, seconds in stages.items() if seconds is not None}


def server_timing(timings_s: Mapping[str, float]) -> tuple[bytes, bytes]:
    """Return the raw header for durations in seconds; on the wire they are milliseconds."""
    value = ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in timings_s.items())
    return b"server-timing", value.encode("ascii")
