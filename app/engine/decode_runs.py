"""Which neighbouring decodes share one attention call. A pure decision; knows no tensors.

A call reads every sequence's slot up to the longest one's end. So sequences of like length belong together, and a call
of its own pays for one that is much longer than its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

# What a call costs besides reading, in bytes that could be read meanwhile: about 25 us at 20 GB/s.
CALL_BYTES = 500_000


def cut_runs(slots: Sequence[int], lengths: Sequence[int], *, bytes_per_token: int) -> list[tuple[int, int]]:
    """Cut decodes, ordered by slot, into runs [first, last) of neighbouring slots, at the least cost.

    lengths: tokens of each sequence; bytes_per_token: keys and values of one token in one layer.
    """
    call_tokens = CALL_BYTES // bytes_per_token
    gaps = [i for i in range(1, len(slots)) if slots[i] != slots[i - 1] + 1]
    runs: list[tuple[int, int]] = []
    for first, last in zip([0, *gaps], [*gaps, len(slots)], strict=True):
        runs += [(first + a, first + b) for a, b in cut_by_length(lengths[first:last], call_tokens=call_tokens)]
    return runs


def cut_by_length(lengths: Sequence[int], *, call_tokens: int) -> list[tuple[int, int]]:
    """Cut a row of lengths into pieces [first, last) so that the sum of call_tokens + size * longest is least."""
    if not lengths:
        return []
    if len(lengths) * max(lengths) - sum(lengths) <= call_tokens:
        return [(0, len(lengths))]  # nothing to gain by a second call, and no time lost by finding out
    costs, cuts = [0], [0]  # of the first n lengths: the least cost, and where its last piece begins
    for last in range(1, len(lengths) + 1):
        longest, best, cut = 0, -1, 0
        for first in range(last - 1, -1, -1):
            longest = max(longest, lengths[first])
            cost = costs[first] + call_tokens + (last - first) * longest
            if best < 0 or cost < best:
                best, cut = cost, first
        costs.append(best)
        cuts.append(cut)
    pieces = []
    last = len(lengths)
    while last:
        pieces.append((cuts[last], last))
        last = cuts[last]
    return pieces[::-1]
