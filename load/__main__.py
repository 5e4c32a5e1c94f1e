"""python -m load lab [...]: what stops an event loop and what does not, as a table.
python -m load bench [...]: how fast the engine and the service are on this machine.
python -m load front [...]: what a token and a request cost the front end, without a model.
python -m load matrix [...]: which of asyncio, threads and processes fits which work on this machine.
python -m load storm [...]: whether the service keeps its promises when everything goes wrong.
python -m load run SCENARIO [...]: what clients would see under a load, of any OpenAI-compatible server.
python -m load compare A B: whether one run was better than another, or whether that can't be told.
python -m load sweep [...]: the highest rate that a server holds, and the settings that go with it.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# A command's module is imported only if it is the one: torch and matplotlib take seconds.
COMMANDS = {
    "lab": ("load.lab", "show what stops an event loop, as a table"),
    "bench": ("load.bench.command", "measure engine and service on this machine, as tables and a picture"),
    "front": ("load.bench.front_bench", "measure what a token and a request cost without a model"),
    "matrix": ("load.matrix.command", "measure which of asyncio, threads and processes fits which work"),
    "storm": ("load.storm.command", "hold the service to its promises"),
    "run": ("load.traffic.run_command", "run a scenario of requests and report what clients would see"),
    "compare": ("load.traffic.compare_command", "compare two runs, with confidence intervals and a verdict"),
    "sweep": ("load.traffic.sweep_command", "find the highest rate that a server holds"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the named command and return its exit status."""
    words = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m load", description="Drives the service from outside.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module_name, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in words[:1]:
            module = import_module(module_name)
            command.description = module.__doc__
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(words)
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
