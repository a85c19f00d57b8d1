"""Strangers: other names, other sites, other secrets, other paths."""

from __future__ import annotations

import json

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from farboard.hub.app import make_app
from farboard.hub.auth import UNUSED_CODES_MAX, Auth
from farboard.hub.guard import AllowedHosts
from farboard.hub.sources import Sources

pytestmark = pytest.mark.filterwarnings("ignore:Using `httpx`")

LOOPBACK = ["127.0.0.1:6006", "localhost:16006", "LOCALHOST", "[::1]:6006", "[::1]", "127.0.0.1"]
STRANGE = [
    "evil.example",
    "evil.example:6006",
    "127.0.0.1.evil.example",
    "localhost.evil.example:6006",
    "127.0.0.1:6006@evil.example",
    "127.0.0.1:6006,evil.example",
    "[::1",
    "[::1]evil",
    "::1",
    "127.0.0.1:x",
    "10.0.0.1",
    "",
]


@pytest.mark.parametrize("host", LOOPBACK)
async def test_loopback_names_are_answered(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/status", headers={"host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize("host", STRANGE)
@pytest.mark.parametrize("path", ["/", "/api/status", "/app-0123456789.js"])
async def test_other_names_are_misdirected(
    client: httpx.AsyncClient, refused: list[tuple[str, str]], host: str, path: str
) -> None:
    answer = await client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "misdirected"
    assert refused == [(f"http://{host}", "wrong Host")]


async def test_two_hosts_are_misdirected(client: httpx.AsyncClient) -> None:
    headers = httpx.Headers([("host", "127.0.0.1"), ("host", "evil.example")])
    headers["authorization"] = client.headers["authorization"]
    assert (await client.get("/api/status", headers=headers)).status_code == 421


def test_names_beyond_loopback_are_as_allowed() -> None:
    hosts = AllowedHosts(frozenset({"desk.example"}), any_address=True)
    assert hosts.allows("desk.example:6006")
    assert hosts.allows("192.0.2.7:6006")
    assert hosts.allows("[2001:db8::1]:6006")
    assert not hosts.allows("other.example:6006")
    assert not AllowedHosts().allows("192.0.2.7:6006")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:6006",
        "http://localhost:6006",
    ],
)
async def test_foreign_origins_are_refused(client: httpx.AsyncClient, origin: str) -> None:
    for path in ("/", "/api/status"):
        answer = await client.get(path, headers={"origin": origin})
        assert answer.status_code == 403
    login = await client.post("/api/login", headers={"origin": origin}, json={"code": "x"})
    assert login.status_code == 403


async def test_the_own_origin_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/status", headers={"origin": "http://127.0.0.1:6006"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("site", "status"), [
    ("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403),
])  # fmt: skip
async def test_fetches_of_other_sites_are_refused(
    client: httpx.AsyncClient, site: str, status: int
) -> None:
    answer = await client.get("/api/status", headers={"sec-fetch-site": site})
    assert answer.status_code == status


async def test_a_link_on_another_site_may_lead_to_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/status", "/api/runs", "/api/tags", "/api/nothing"])
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", "Basic {}", "{}", "Bearer {}x", "Bearer é"],
)
async def test_without_the_secret_there_is_nothing(
    client: httpx.AsyncClient, auth: Auth, path: str, authorization: str | None
) -> None:
    del client.headers["authorization"]
    headers = {}
    if authorization is not None:
        headers["authorization"] = authorization.format(auth.secret).encode()
    answer = await client.get(path, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert auth.secret not in answer.text


async def test_a_code_gives_the_secret_once(client: httpx.AsyncClient, auth: Auth) -> None:
    del client.headers["authorization"]
    code = auth.new_code()
    first = await client.post("/api/login", json={"code": code})
    assert first.json() == {"secret": auth.secret}
    second = await client.post("/api/login", json={"code": code})
    assert second.status_code == 401
    assert second.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": None}, {"code": ["x"]}, {"code": "x"}])
async def test_other_codes_give_nothing(
    client: httpx.AsyncClient, auth: Auth, body: object
) -> None:
    auth.new_code()
    assert (await client.post("/api/login", json=body)).status_code == 401


async def test_a_new_code_needs_the_secret(client: httpx.AsyncClient, auth: Auth) -> None:
    code = (await client.post("/api/code")).json()["code"]
    del client.headers["authorization"]
    assert (await client.post("/api/code")).status_code == 401
    assert auth.redeem(code) == auth.secret


def test_unused_codes_do_not_pile_up() -> None:
    auth = Auth()
    codes = [auth.new_code() for _ in range(UNUSED_CODES_MAX + 1)]
    assert auth.redeem(codes[0]) is None
    assert auth.redeem(codes[1]) == auth.secret


@pytest.mark.parametrize("path", ["/", "/api/status", "/nothing", "/app-0123456789.js"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    refused = await client.get(path, headers={"host": "evil.example"})
    for answer in (await client.get(path), refused):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "cache-control" in answer.headers
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
    "/....//secret.txt", "//secret.txt", "/%00", "/static/../../secret.txt", "/..\\secret.txt",
])  # fmt: skip
async def test_paths_do_not_lead_out_of_the_bundle(client: httpx.AsyncClient, path: str) -> None:
    raw = httpx.URL("http://127.0.0.1:6006").copy_with(raw_path=path.encode())
    answer = await client.get(raw)
    assert answer.status_code == 404
    assert "not for you" not in answer.text


# WebSocket


def _websocket_client(auth: Auth) -> TestClient:
    return TestClient(make_app(Sources(), auth), base_url="http://127.0.0.1:6006")


@pytest.mark.parametrize(("headers", "status"), [
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"host": "evil.example"}, 421),
    ({"sec-fetch-site": "cross-site"}, 403),
])  # fmt: skip
def test_websockets_of_other_sites_are_refused(headers: dict[str, str], status: int) -> None:
    client = _websocket_client(Auth())
    with (
        pytest.raises(Exception) as caught,
        client.websocket_connect("ws://127.0.0.1:6006/api/changes", headers=headers),
    ):
        pass
    assert getattr(caught.value, "status_code", None) == status


@pytest.mark.parametrize(
    "first", ['{"secret":"wrong"}', "{}", "[]", "null", '{"secret":null}', "x", "[" * 100_000]
)
def test_a_websocket_without_the_secret_is_closed(first: str) -> None:
    client = _websocket_client(Auth())
    with client.websocket_connect("ws://127.0.0.1:6006/api/changes") as websocket:
        websocket.send_text(first)
        with pytest.raises(WebSocketDisconnect) as caught:
            websocket.receive_text()
    assert caught.value.code == 4401


def test_a_websocket_with_the_secret_is_greeted() -> None:
    auth = Auth()
    client = _websocket_client(auth)
    own = {"origin": "http://127.0.0.1:6006"}
    with client.websocket_connect("ws://127.0.0.1:6006/api/changes", headers=own) as websocket:
        websocket.send_text(json.dumps({"secret": auth.secret}))
        assert websocket.receive_json()["type"] == "hello"
