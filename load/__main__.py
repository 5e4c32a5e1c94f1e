"""python -m load lab [...]: what stops an event loop and what does not, as a table.
python -m load bench [...]: how fast the engine and the service are on this machine.
python -m load front [...]: what a token and a request cost the front end, without a model.
python -m load storm [...]: whether the service keeps its promises when everything goes wrong.
"""

from __future__ import annotations

import argparse
import sys

from load import lab
from load.storm import command as storm


def main(argv: list[str] | None = None) -> int:
    """Run the named command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m load", description="Drives the service from outside.")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("lab", help="show what stops an event loop, as a table", description=lab.__doc__)
    lab.add_arguments(shown)
    shown.set_defaults(run=lab.run)
    raging = commands.add_parser("storm", help="hold the service to its promises", description=storm.__doc__)
    storm.add_arguments(raging)
    raging.set_defaults(run=storm.run)
    bench = commands.add_parser("bench", help="measure engine and service on this machine, as tables and a picture")
    if "bench" in (argv or sys.argv[1:])[:1]:  # it needs torch, whose import takes seconds
        from load.bench import command

        command.add_arguments(bench)
        bench.set_defaults(run=command.run)
    front = commands.add_parser("front", help="measure what a token and a request cost without a model")
    if "front" in (argv or sys.argv[1:])[:1]:
        from load.bench import front_bench

        front_bench.add_arguments(front)
        front.set_defaults(run=front_bench.run)
    args = parser.parse_args(argv)
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
