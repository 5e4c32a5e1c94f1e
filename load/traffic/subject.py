"""The server under test: named by the command line, or started for the run; and what it was found to understand."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from load.own_server import clean_termination, started_server
from load.storm.connection import Pool, Target
from load.traffic.dialect import learn_dialect
from load.traffic.prompts import Dialect
from load.traffic.target import target_at

KEY_VARIABLE = "UNBLOCKED_LOAD_KEY"
OWN_SERVER = "a server of its own"


@dataclass(frozen=True, slots=True)
class Subject:
    """health_path: where the server says that it lives. dialect: what it was found to understand."""

    target: Target
    dialect: Dialect
    health_path: str = "/healthz"

    @classmethod
    async def found(cls, target: Target, *, health_path: str) -> Subject:
        """Ask the server a few small questions. Raises: NoAnswerError."""
        async with Pool(target) as pool:
            return cls(target, await learn_dialect(pool, target), health_path)


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which server is asked."""
    add = parser.add_argument
    add("--url", help="an OpenAI-compatible server, as http://HOST:PORT; by default one is started for this run")
    add("--model", help="the model to ask for (default: the first that /v1/models names)")
    add("--key-env", default=KEY_VARIABLE, metavar="NAME", help="the variable with the API key (default: %(default)s)")
    add("--health-path", default="/healthz", metavar="PATH", help="what is pinged meanwhile (default: %(default)s)")


@contextmanager
def served(args: argparse.Namespace, settings: Mapping[str, str]) -> Iterator[tuple[Target, str]]:
    """The server that was named, or a fresh one with `settings`; and in words, which.

    Raises: NoTargetError, ServerNotReadyError.
    """
    key = os.environ.get(args.key_env, "")
    if args.url:
        yield target_at(args.url, key=key, model=args.model), args.url
        return
    print("starting a server ...", file=sys.stderr, flush=True)
    with clean_termination(), started_server(settings) as server:
        words = " ".join([OWN_SERVER, *(f"{name}={value}" for name, value in settings.items())])
        yield target_at(server.url, key=key, model=args.model), words
