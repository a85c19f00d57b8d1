"""Gets the port: 127.0.0.1 and ::1 alike, so that nobody else can sit on the other `localhost`."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from dataclasses import dataclass

from farboard.errors import PortError, UsageError
from farboard.hub.guard import AllowedHosts
from farboard.hub.port_holder import Holder, find_holder

DEFAULT_PORT = 6006
PORTS_TRIED = 100
LAST_PORT = 65535
LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
EVERYWHERE = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - asked for
NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

# (family, address)
Place = tuple[int, str]


@dataclass(frozen=True)
class Wish:
    """Where the board should listen.

    Args:
        port: exactly this one; 0: any free one; None: `first` or the next free one.
        host: a name or address beyond loopback; None: loopback.
        bind_all: every address of this machine.
        first: where to begin to look for a free port; None: 6006.
    """

    port: int | None = None
    host: str | None = None
    bind_all: bool = False
    first: int | None = None

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines may reach the board."""
        return self.bind_all or self.host not in (None, "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Listening:
    """Sockets that listen.

    Args:
        sockets: one per address, all on the same port.
        port: that port.
        address: what stands in the board's address.
        hosts: the names requests may use.
        taken: who holds the port that was wanted, when another one was taken for that reason.
        wanted: that port.
    """

    sockets: list[socket.socket]
    port: int
    address: str
    hosts: AllowedHosts
    taken: Holder | None = None
    wanted: int = DEFAULT_PORT

    @property
    def url(self) -> str:
        """The board's address, without a code."""
        return f"http://{self.address}:{self.port}/"

    def close(self) -> None:
        """Give the port back."""
        for listening in self.sockets:
            listening.close()


def listen(wish: Wish) -> Listening:
    """Listen where it was asked to.

    Raises:
        PortError: the port is in use, may not be used, or none is free.
        UsageError: the host is not a name or address of this machine.
    """
    places = _places(wish)
    address, hosts = _address(wish), _allowed_hosts(wish)
    if wish.port is not None:
        sockets = _bind_exactly(places, wish.port)
        return Listening(sockets, sockets[0].getsockname()[1], address, hosts)
    first = DEFAULT_PORT if wish.first is None else wish.first
    last = min(first + PORTS_TRIED - 1, LAST_PORT)
    for port in range(first, last + 1):
        sockets = _try_bind(places, port)
        if sockets:
            taken = find_holder(first) if port != first else None
            return Listening(sockets, port, address, hosts, taken, first)
    raise PortError(
        f"the ports {first} to {last} are all in use",
        "choose one with --port N, or any free one with --port 0",
    )


def _places(wish: Wish) -> list[Place]:
    if wish.bind_all:
        return list(EVERYWHERE)
    if not wish.beyond_loopback:
        return list(LOOPBACK)
    host = str(wish.host).strip("[]")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f'--host "{host}" is not a name or address ({reason})') from None
    return list(dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found))


def _address(wish: Wish) -> str:
    if wish.bind_all:
        return socket.gethostname()
    if not wish.beyond_loopback:
        # The number, not "localhost", which may mean ::1 and somebody else.
        return "127.0.0.1"
    host = str(wish.host).strip("[]")
    return f"[{host}]" if ":" in host else host


def _allowed_hosts(wish: Wish) -> AllowedHosts:
    if not wish.beyond_loopback:
        return AllowedHosts()
    names = {socket.gethostname().lower(), str(wish.host or "").strip("[]").lower()}
    names |= {name.partition(".")[0] for name in names if not name[:1].isdigit()}
    return AllowedHosts(frozenset(names - {""}), any_address=True)


def _bind_exactly(places: list[Place], port: int) -> list[socket.socket]:
    for _ in range(PORTS_TRIED if port == 0 else 1):
        sockets = _try_bind(places, port)
        if sockets:
            return sockets
    holder = find_holder(port)
    raise PortError(
        f"port {port} is in use{f' ({holder})' if holder else ''}",
        "choose another with --port N, or leave --port out for the next free one",
    )


def _try_bind(places: list[Place], port: int) -> list[socket.socket]:
    """Sockets on all places that exist here, or none at all when the port is taken on one of them.

    Raises:
        PortError: the port cannot be had for another reason.
    """
    sockets: list[socket.socket] = []
    with contextlib.ExitStack() as undo:
        for family, host in places:
            try:
                bound = _bound(family, host, port)
            except OSError as error:
                if error.errno in NO_SUCH_ADDRESS:
                    continue
                if error.errno == errno.EADDRINUSE:
                    return []
                raise PortError(f"cannot listen on {host} port {port}: {error.strerror}") from None
            undo.callback(bound.close)
            sockets.append(bound)
            port = bound.getsockname()[1]
        if not sockets:
            raise PortError(f"this machine does not have the address {places[0][1]}")
        undo.pop_all()
    return sockets


def _bound(family: int, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Passes over past connections in TIME_WAIT; a listener there is still an error.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
        bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound
