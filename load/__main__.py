"""python -m load lab [...]: what stops an event loop and what does not, as a table."""

from __future__ import annotations

import argparse
import sys

from load import lab


def main(argv: list[str] | None = None) -> int:
    """Run the named command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m load", description="Drives the service from outside.")
    commands = parser.add_subparsers(dest="command", required=True)
    lab.add_arguments(
        commands.add_parser("lab", help="show what stops an event loop, as a table", description=lab.__doc__)
    )
    return lab.run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
