"""The port: both loopback addresses, the next free one, or exactly the one asked for."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from farboard.errors import PortError, UsageError
from farboard.hub import sockets as sockets_module
from farboard.hub.port_holder import Holder, find_holder
from farboard.hub.sockets import Listening, Wish, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@pytest.fixture
def listening() -> Iterator[Callable[[Wish], Listening]]:
    opened: list[Listening] = []

    def make(wish: Wish) -> Listening:
        opened.append(listen(wish))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def taken(family: int, host: str, port: int) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex((host, port)) == 0


def test_any_port_is_listened_on_at_both_loopback_addresses(
    listening: Callable[[Wish], Listening],
) -> None:
    board = listening(Wish(port=0))
    assert board.port > 0
    assert board.url == f"http://127.0.0.1:{board.port}/"
    assert taken(socket.AF_INET, "127.0.0.1", board.port)
    assert taken(socket.AF_INET6, "::1", board.port) == has_ipv6()
    assert {one.getsockname()[1] for one in board.sockets} == {board.port}


def test_an_exact_port_that_is_taken_is_an_error_with_a_name(
    listening: Callable[[Wish], Listening],
) -> None:
    port = listening(Wish(port=0)).port
    with pytest.raises(PortError) as caught:
        listening(Wish(port=port))
    assert f"port {port} is in use" in caught.value.message
    assert f"pid {os.getpid()}" in caught.value.message
    assert caught.value.exit_code == 4


@needs_ipv6
def test_a_port_held_on_the_other_localhost_is_taken(
    listening: Callable[[Wish], Listening],
) -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", 0))
        other.listen()
        with pytest.raises(PortError):
            listening(Wish(port=other.getsockname()[1]))


def test_the_next_free_port_is_taken_and_the_holder_named(
    listening: Callable[[Wish], Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        default = other.getsockname()[1]
        monkeypatch.setattr(sockets_module, "DEFAULT_PORT", default)
        board = listening(Wish())
        assert default < board.port < default + 100
        assert board.taken is not None
        assert board.taken.pid == os.getpid()


def test_a_port_of_ones_own_is_where_the_search_begins(
    listening: Callable[[Wish], Listening],
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        own = other.getsockname()[1]
        board = listening(Wish(first=own))
        assert own < board.port < own + 100
        assert board.wanted == own
        assert board.taken is not None


def test_no_free_port_at_all_is_an_error(
    listening: Callable[[Wish], Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(sockets_module, "DEFAULT_PORT", other.getsockname()[1])
        monkeypatch.setattr(sockets_module, "PORTS_TRIED", 1)
        with pytest.raises(PortError):
            listening(Wish())


def test_a_port_just_left_can_be_had_again(listening: Callable[[Wish], Listening]) -> None:
    board = listen(Wish(port=0))
    client = socket.create_connection(("127.0.0.1", board.port))
    server, _ = board.sockets[0].accept()
    server.close()  # our side closes first: TIME_WAIT is ours
    client.close()
    board.close()
    assert listening(Wish(port=board.port)).port == board.port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_loopback_by_name_is_loopback(host: str) -> None:
    assert not Wish(host=host).beyond_loopback


def test_a_host_beyond_loopback_allows_addresses_and_its_names(
    listening: Callable[[Wish], Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk.example")
    board = listening(Wish(port=0, host="127.0.0.2"))
    assert board.url == f"http://127.0.0.2:{board.port}/"
    assert Wish(host="127.0.0.2").beyond_loopback
    for name in ("127.0.0.2", "desk.example:1", "DESK", "192.0.2.1", "localhost"):
        assert board.hosts.allows(name)
    assert not board.hosts.allows("evil.example")


def test_a_host_that_is_not_ours_is_an_error(listening: Callable[[Wish], Listening]) -> None:
    with pytest.raises(PortError):
        listening(Wish(port=0, host="192.0.2.1"))
    with pytest.raises(UsageError):
        listening(Wish(port=0, host="no such name"))


def test_all_addresses_are_only_listened_on_when_asked(
    listening: Callable[[Wish], Listening],
) -> None:
    places = [one.getsockname()[0] for one in listening(Wish(port=0)).sockets]
    assert set(places) <= {"127.0.0.1", "::1"}
    assert Wish(bind_all=True).beyond_loopback


def test_a_free_port_has_no_holder() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert find_holder(probe.getsockname()[1]) is None


def test_a_holder_reads_well() -> None:
    assert str(Holder("python", 4242)) == "python, pid 4242"
    assert str(Holder("", 0)) == "a program of another user"
