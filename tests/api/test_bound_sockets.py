from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from app.api.bound_sockets import bind_sockets, is_listening
from app.errors import ConfigurationError

LOOPBACK = "127.0.0.1"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as other:
        yield other.getsockname()[1]


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_a_bound_port_answers_nobody_until_it_listens() -> None:
    (bound,) = bind_sockets(LOOPBACK, 0)
    with closing(bound):
        address = bound.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=10)
        assert not is_listening(bound)
        bound.listen()
        assert is_listening(bound)
        socket.create_connection(address, timeout=10).close()


def test_a_port_that_is_taken_is_named_with_what_to_do(taken_port: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"port {taken_port} of 127\.0\.0\.1 is in use.*UNBLOCKED_PORT"):
        bind_sockets(LOOPBACK, taken_port)


def test_a_port_whose_last_connections_linger_can_be_had_at_once() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address, timeout=10):
            server.accept()[0].close()  # it closes first: TIME_WAIT is on the server's side
    (bound,) = bind_sockets(*address)
    bound.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_one_is_named(host: str) -> None:
    with pytest.raises(ConfigurationError, match=f"can't listen on port 0 of {host}: "):
        bind_sockets(host, 0)


def test_an_address_is_taken_as_it_stands_without_asking_a_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    bind_sockets(LOOPBACK, 0)[0].close()


@pytest.mark.skipif(not has_ipv6(), reason="this host has no IPv6")
def test_all_addresses_of_a_host_get_the_same_port() -> None:
    with ExitStack() as stack:
        bound = [stack.enter_context(one) for one in bind_sockets("", 0)]
        assert {one.family for one in bound} == {socket.AF_INET, socket.AF_INET6}
        assert len({one.getsockname()[1] for one in bound}) == 1
