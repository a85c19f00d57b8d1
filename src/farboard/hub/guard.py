"""Stands before every route: asked under which name, from where, and with which secret.

Loopback is open to every account and every web page of this machine. A page on another site can
make the browser send requests here, and with DNS rebinding even under its own name; only `Host`,
`Origin` and `Sec-Fetch-Site` tell.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from farboard.hub.api_error import ApiError
from farboard.hub.visitors import let_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from farboard.hub.auth import Auth

# What an element of the page shows by its address alone.
SIGNED_PATHS = ("/api/blob/", "/api/thumbnail/", "/api/asset/")

WEBSOCKET_PATH = "/api/changes"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

SECURITY_HEADERS = {
    "content-security-policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class AllowedHosts:
    """Which names a request may address us by.

    Args:
        names: allowed beside the loopback names, lower case.
        any_address: also any IP literal; safe against rebinding, which needs a name.
    """

    names: frozenset[str] = frozenset()
    any_address: bool = False

    def allows(self, header: str) -> bool:
        """Whether a `Host` header (with any port) names us."""
        name = _name_of(header)
        if name is None:
            return False
        if name in LOOPBACK_NAMES or name in self.names:
            return True
        return self.any_address and _is_address(name)


class Guard:
    """ASGI middleware that refuses strangers and puts the security headers on every answer.

    Args:
        app: what is guarded.
        auth: knows the secret.
        hosts: the allowed names.
        on_refused: told `(who, why)` of a wrong Host or a foreign Origin.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        auth: Auth,
        hosts: AllowedHosts,
        on_refused: Callable[[str, str], None],
    ) -> None:
        self.app = app
        self.auth = auth
        self.hosts = hosts
        self.on_refused = on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason why not."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        send = _with_security_headers(send)
        try:
            self._check(scope)
        except ApiError as error:
            await error.answer(_challenge(error))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(scope, headers)
        if scope["type"] == "websocket" and scope["path"] != WEBSOCKET_PATH:
            raise ApiError("not_found", "there is no WebSocket here")
        if not scope["path"].startswith("/api/"):
            return
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise ApiError("forbidden", "only the board's own page may ask")
        if not self._may_enter(scope, headers):
            raise ApiError(
                "unauthorized",
                "this page does not have the secret of the running farboard",
                "press Enter in the terminal where farboard runs for a new link",
            )

    def _may_enter(self, scope: Scope, headers: Headers) -> bool:
        if not _needs_bearer(scope):
            return True
        knows_secret = self.auth.accepts_bearer(headers.get("authorization", ""))
        # An <img> cannot put headers on its request: its address carries a signature instead.
        if knows_secret or (_may_be_signed(scope) and self.auth.accepts_signed(_address(scope))):
            let_in(scope)
            return True
        return False

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) == 1 and self.hosts.allows(hosts[0]):
            return
        self.on_refused(f"http://{', '.join(hosts)}", "wrong Host")
        raise ApiError(
            "misdirected",
            "this server does not answer to that name",
            "use http://127.0.0.1 or http://localhost with the port in question",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origins = headers.getlist("origin")
        scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        if all(origin.lower() == f"{scheme}://{headers['host']}".lower() for origin in origins):
            return
        self.on_refused(", ".join(origins), "foreign Origin")
        raise ApiError("forbidden", "requests from other sites are refused")


def _needs_bearer(scope: Scope) -> bool:
    # A browser cannot put headers on a WebSocket: its first message carries the secret instead.
    if scope["type"] == "websocket":
        return False
    return (scope["method"], scope["path"]) != ("POST", "/api/login")


def _may_be_signed(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] == "GET" and path.startswith(SIGNED_PATHS)


def _address(scope: Scope) -> str:
    """Return path and query as they were sent."""
    return f"{scope['raw_path'].decode('latin-1')}?{scope['query_string'].decode('latin-1')}"


def _challenge(error: ApiError) -> dict[str, str]:
    return {"www-authenticate": "Bearer"} if error.code == "unauthorized" else {}


def _name_of(header: str) -> str | None:
    """Return the name in a Host header, without port and brackets; None for nonsense."""
    if header.startswith("["):
        name, bracket, rest = header[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else rest
        well_formed = bool(bracket) and (not rest or rest.startswith(":"))
    else:
        name, _, port = header.partition(":")
        well_formed = True
    if not well_formed or not name or (port and not (port.isascii() and port.isdigit())):
        return None
    return name.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_security_headers(send: Send) -> Send:
    async def send_secured(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)  # a route may be stricter
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return send_secured
