"""The command line with an eye on what it opens: `python -m tests.end_to_end.serve_audited serve ...`.

Prints a line for every connection that is made, every name that is looked up and every canary.png that is opened.
"""

from __future__ import annotations

import sys
from typing import Any

from app.__main__ import main

WATCHED = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request", "http.client.connect"}
)


def report(event: str, args: tuple[Any, ...]) -> None:
    """Print what is done if it reaches outside; Python calls this for everything."""
    if event in WATCHED or (event == "open" and "canary.png" in str(args[0])):
        print(f"AUDIT {event} {args[-1]!r}", flush=True)


if __name__ == "__main__":
    sys.addaudithook(report)
    sys.exit(main())
