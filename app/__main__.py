"""The command line: python -m app serve | doctor | config | key | reference."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import socket
import sys
from contextlib import ExitStack
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError

from app.api.api_keys import key_line, new_key
from app.api.bound_sockets import bind_sockets
from app.api.guarded_protocol import ConnectionLimits
from app.api.http_server import DrainingServer, connections_that_fit, server_config
from app.api.reference import reference
from app.concurrency.last_exit import ExitGuard, end_process
from app.doctor import diagnose
from app.errors import UnblockedError
from app.main import begin_drain, create_app, model_name
from app.observability.logs import set_up_logging
from app.settings import PREFIX, Settings, unknown_variables

log = logging.getLogger(__name__)

_EXIT_GRACE_S = 5.0  # beyond the drain; whatever still holds the process then is cut off

_EXAMPLES = """\
examples:
  python -m app serve                                     the bundled model, on http://127.0.0.1:8000
  python -m app serve --model Qwen/Qwen3-0.6B             any transformers model, by folder or hub id
  python -m app serve --port 0 --lab                      a free port, and the endpoints that show the pitfall
  UNBLOCKED_MAX_NUM_SEQS=64 python -m app serve           any other limit, by its environment variable
  python -m app doctor                                    what it would be like on this host, and what will hurt
  python -m app config                                    every limit, what it is and what it is set to
  python -m app key alice                                 a new API key, and its line for UNBLOCKED_API_KEYS_FILE
  python -m app reference                                 every field of every request, as Markdown

Flags win over the environment, the environment over a .env file.
"""

# flag -> (setting, help); a flag left out leaves the setting to the environment
_FLAGS: dict[str, tuple[str, str]] = {
    "--model": ("model", "a folder with a transformers model, or a hub id"),
    "--name": ("served_model_name", "the model's name on the wire"),
    "--host": ("host", "address to listen on"),
    "--port": ("port", "port to listen on; 0 takes a free one"),
    "--device": ("device", "auto, cpu, cuda or mps"),
    "--dtype": ("dtype", "auto, float32, bfloat16 or float16"),
    "--engine": ("engine", "auto, batched or per-request"),
    "--log-level": ("log_level", "debug, info, warning or error"),
    "--log-format": ("log_format", "text or json"),
}


_SETTING_COMMANDS = {
    "serve": "serve a model until a signal comes",
    "doctor": "start the service without serving, print its plan for this host and what will hurt",
    "config": "print the effective settings",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="An LLM inference service whose event loop never blocks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="{serve,doctor,config,key,reference}")
    for name, text in _SETTING_COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        for flag, (setting, help_text) in _FLAGS.items():
            command.add_argument(flag, dest=setting, metavar="X", default=argparse.SUPPRESS, help=help_text)
        command.add_argument(
            "--lab",
            dest="lab_enabled",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help="serve /lab, which blocks the event loop on purpose",
        )
    key_text = "make an API key and print it with its line for the file of keys"
    key_command = commands.add_parser("key", help=key_text, description=key_text)
    key_command.add_argument("owner", nargs="?", default="default", help="a name for whoever gets the key")
    reference_text = "print every field of every request, as Markdown"
    commands.add_parser("reference", help=reference_text, description=reference_text)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 for a wrong setting, 1 if the service can't start."""
    flags = vars(build_parser().parse_args(argv))
    command = flags.pop("command")
    if command == "key":
        return make_key(flags["owner"])
    if command == "reference":
        print(reference(create_app(Settings(_env_file=None))), end="")
        return 0
    unknown = [unknown_variable_text(name, near) for name, near in unknown_variables().items()]
    try:
        settings = Settings(**flags)
    except ValidationError as error:
        wrong = [f"setting {'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        _complain("error", unknown + wrong)
        return 2
    if command == "config":  # tells which there are, so one that is not must not stop it
        _complain("warning", unknown)
        print(config_text(settings), end="")
        return 0
    if unknown:
        _complain("error", unknown)
        return 2
    if command == "doctor":
        set_up_logging(level="warning", log_format="text")
        return diagnose(settings)
    return serve(settings)


def unknown_variable_text(name: str, near: str | None) -> str:
    """Return what to say of a variable that sets nothing. Its value is not repeated: it may be a key."""
    return f"{name} is no setting; " + (f"did you mean {near}?" if near else "python -m app config prints all")


def _complain(kind: str, texts: list[str]) -> None:
    for text in texts:
        print(f"{kind}: {text}", file=sys.stderr)


def make_key(owner: str) -> int:
    """Print a new key, which is kept nowhere, and what the server needs to know it by."""
    key = new_key()
    try:
        line = key_line(key, name=owner)
    except UnblockedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"# for {owner}, who sends it as 'Authorization: Bearer ...'; it is shown this once\n{key}\n")
    print(f"# for the server, a line of UNBLOCKED_API_KEYS_FILE\n{line}")
    return 0


def config_text(settings: Settings) -> str:
    """Return the settings as the lines of a .env file; what is not set is a comment."""
    lines: list[str] = []
    for name, info in Settings.model_fields.items():
        value = getattr(settings, name)
        lines.append(f"# {info.description}")
        assignment = f"{PREFIX}{name.upper()}={'' if value is None else _env_value(value)}"
        lines.append(f"# {assignment}" if value is None else assignment)
    return "\n".join(lines) + "\n"


def _env_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def serve(settings: Settings, *, app: FastAPI | None = None) -> int:
    """Serve until a signal comes; return the exit code."""
    set_up_logging(level=settings.log_level, log_format=settings.log_format)
    with ExitStack() as stack:
        try:
            # First of all: a port that is taken is to be told at once, and not after the model has been loaded.
            sockets = [stack.enter_context(bound) for bound in bind_sockets(settings.host, settings.port)]
            app = app or create_app(settings)
            if not settings.is_guarded:
                log.warning(
                    "listening on %s with no API keys: everybody who can reach this address may use it "
                    "(python -m app key)",
                    settings.host,
                )
            return _run(_build_server(settings, app), app, sockets)
        except UnblockedError as error:
            log.critical("can't start: %s", error)
            return 1


def _build_server(settings: Settings, app: FastAPI) -> DrainingServer:
    guard = ExitGuard(settings.drain_timeout_s + _EXIT_GRACE_S)
    return DrainingServer(
        server_config(
            app,
            limits=ConnectionLimits(
                header_timeout_s=settings.header_timeout_s, send_stall_timeout_s=settings.send_stall_timeout_s
            ),
            max_connections=connections_that_fit(settings.max_connections),
            door=app.state.door,
        ),
        begin_drain=lambda: begin_drain(app),
        drain=lambda: app.state.service.drain(settings.drain_timeout_s),
        on_listening=lambda port: print(banner(settings, port=port), flush=True),
        cancel_start=app.state.start.cancel,
        wait_failed=lambda: app.state.service.wait_failed(),
        on_end=guard.arm,
    )


def _run(server: DrainingServer, app: FastAPI, sockets: list[socket.socket]) -> int:
    """Serve until a signal comes; return the exit code. Raises: UnblockedError, if the start fails for that reason."""
    # A start that fails for a reason we name needs no traceback, which is all that uvicorn would log of it.
    logging.getLogger("uvicorn.error").addFilter(lambda _record: app.state.start_error is None)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        try:
            runner.run(server.serve(sockets))
        except SystemExit:  # uvicorn's way to say that the start failed
            if server.is_signalled:
                return 0
            if app.state.start_error is not None:
                raise app.state.start_error from None
            return 1
    return server.exit_code


def banner(settings: Settings, *, port: int) -> str:
    """Return what is printed once the service answers."""
    host = "localhost" if settings.host in {"0.0.0.0", "::", "127.0.0.1"} else settings.host
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    body = {
        "model": model_name(settings),
        "stream": True,
        "messages": [{"role": "user", "content": "When should I use multiprocessing?"}],
    }
    # A place to put the key; not UNBLOCKED_..., which the next start would take for a setting.
    key_header = '    -H "Authorization: Bearer $API_KEY" \\\n' if settings.has_api_keys else ""
    return (
        f"\nUnblocked serves '{model_name(settings)}'.\n"
        f"  page      {url}/\n"
        f"  API       {url}/v1\n"
        f"  docs      {url}/docs\n"
        f"\nTry it:\n"
        f"  curl -N {url}/v1/chat/completions -H 'content-type: application/json' \\\n"
        f"{key_header}"
        f"    -d '{json.dumps(body)}'\n"
    )


if __name__ == "__main__":
    sys.exit(end_process(main()))
