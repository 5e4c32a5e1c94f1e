"""The Server-Timing header: where a request's time went, as browsers' developer tools show it."""

from __future__ import annotations

from collections.abc import Mapping


def server_timing(timings_s: Mapping[str, float]) -> tuple[bytes, bytes]:
    """Return the raw header for durations in seconds; on the wire they are milliseconds."""
    value = ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in timings_s.items())
    return b"server-timing", value.encode("ascii")
