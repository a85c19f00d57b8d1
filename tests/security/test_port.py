"""The port of a board that runs, as other programs and pages of this machine find it."""

# ruff: noqa: E501 - requests stand here as they are sent

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import Api, Board, write_run
from tests.security.raw import (
    PATIENCE_S,
    RawWebSocket,
    ask_raw,
    connect,
    frame_head,
    host_of,
    read_answer,
    request,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


class Running:
    """A board with one run, and a client that was let in."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.api = board.api()
        self.url = self.api.url
        self.api.until(lambda entry: entry["state"] == "live")

    @property
    def bearer(self) -> str:
        return f"Authorization: Bearer {self.api.secret}"

    def answers(self) -> bool:
        """Whether who may ask still gets an answer."""
        return b"train/loss" in self.api.ask("/api/tags")


def run_board(directory: Path) -> Board:
    write_run(directory / "runs" / "a")
    return Board(directory, str(directory / "runs"), "--no-open", "--port", "0")


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """Two boards beside each other; neither has anything to complain of at the end."""
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")
    started = [run_board(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    try:
        yield [Running(board) for board in started]
        for board in started:
            assert board.end() == 130
            assert "Traceback" not in board.said, board.said
            assert board.said.count("\n") < 12, board.said
    finally:
        for board in started:
            board.close()


@pytest.fixture
def board(boards: list[Running]) -> Iterator[Running]:
    yield boards[0]
    assert boards[0].answers()


# Names and origins


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example"])
def test_a_rebound_name_gets_nothing_even_with_the_secret(board: Running, host: str) -> None:
    name = host.format(port=host_of(board.url).partition(":")[2])
    for target in ("/", "/api/status"):
        head = (
            f"GET {target} HTTP/1.1\r\nHost: {name}\r\n{board.bearer}\r\nConnection: close\r\n\r\n"
        )
        answer = ask_raw(board.url, head.encode())
        assert answer.status == 421
        assert "<script" not in answer.text


@pytest.mark.parametrize("line", [
    "Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1",
    "Origin: {url}\r\nOrigin: http://evil.example", "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors",
])  # fmt: skip
def test_a_foreign_page_gets_nothing_even_with_the_secret(board: Running, line: str) -> None:
    lines = (line.format(url=board.url), board.bearer)
    assert ask_raw(board.url, request(board.url, "/api/status", *lines)).status == 403
    websocket = RawWebSocket(board.url, line.format(url=board.url))
    assert websocket.status in (400, 403)
    websocket.close()


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PUT", "DELETE", "PATCH"])
def test_other_methods_open_nothing(board: Running, method: str) -> None:
    lines = ("Origin: http://evil.example", "Access-Control-Request-Method: POST")
    answer = ask_raw(board.url, request(board.url, "/api/login", *lines, method=method))
    assert answer.status in (400, 401, 403, 404, 405)
    assert "access-control" not in answer.text.lower()
    assert ask_raw(board.url, request(board.url, "/api/status", method=method)).status in (
        400, 401, 404, 405,
    )  # fmt: skip


# Requests that two parsers may read differently


@pytest.mark.parametrize(("shape", "statuses"), [
    ("GET /api/status HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n{bearer}\r\n\r\n", (400, 421)),
    ("GET /api/status HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n{bearer}\r\n\r\n", (400, 421)),
    ("GET /api/status HTTP/1.1\r\n{bearer}\r\n\r\n", (400, 421)),
    ("GET /api/status HTTP/1.0\r\n{bearer}\r\n\r\n", (400, 421)),
    ("GET /api/status HTTP/1.1\r\nHost:\r\n{bearer}\r\n\r\n", (400, 421)),
    ("GET http://{host}/api/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET http://evil.example/api/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET //api/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET /x/../api/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET /%61pi/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET /api%2fstatus HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET /API/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET /api/status/ HTTP/1.1\r\nHost: {host}\r\n\r\n", (401, 404)),
    ("GET api/status HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 401, 404)),
    ("GET * HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 401, 404)),
    ("GET /api/status HTTP/1.1\nHost: {host}\n\n", (400, 401)),
    ("GET /api/status HTTP/9.9\r\nHost: {host}\r\n\r\n", (400, 401)),
    ("GET /api/status\r\n\r\n", (400,)),
    ("GET /api/status HTTP/1.1\r\nHost: {host}\r\n X: folded\r\n\r\n", (400, 401, 421)),
    ("GET /api/status HTTP/1.1\r\nHost : {host}\r\n\r\n", (400,)),
    ("GET / HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n", (400,)),
    ("POST /api/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x", (400,)),
    ("POST /api/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n{{}}", (400,)),
    (("POST /api/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\nGET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n"), (400, 401)),
    ("POST /api/login HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    ("POST /api/login HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", (400,)),
    ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (0, 400)),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 421)),
])  # fmt: skip
def test_odd_requests_get_no_further(board: Running, shape: str, statuses: tuple[int]) -> None:
    text = shape.format(host=host_of(board.url), bearer=board.bearer)
    with connect(board.url) as connection:
        connection.sendall(text.encode("latin-1"))
        answer = read_answer(connection)
    assert answer.status in statuses, answer.text
    assert "train/loss" not in answer.text
    assert "sources" not in answer.text


def test_what_follows_a_refused_request_is_judged_by_itself(board: Running) -> None:
    good = f"GET /api/status HTTP/1.1\r\nHost: {host_of(board.url)}\r\n"
    foreign = "GET /api/status HTTP/1.1\r\nHost: evil.example\r\n"
    with connect(board.url) as connection:
        connection.sendall(
            f"{good}{board.bearer}\r\n\r\n{foreign}{board.bearer}\r\n\r\n{good}\r\n".encode()
        )
        data = b""
        while data.count(b"HTTP/1.1 ") < 3:
            data += connection.recv(65536)
    statuses = [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 421, 401]


# Secrets and codes


@pytest.mark.parametrize("line", [
    "Authorization: Bearer", "Authorization: Bearer x", "Authorization: Basic {secret}",
    "Authorization: {secret}", "Cookie: secret={secret}", "X-Secret: {secret}",
    "Authorization: Bearer {secret}\\r", "Authorization: Bearer {secret}x",
])  # fmt: skip
def test_only_the_secret_in_its_header_opens(board: Running, line: str) -> None:
    line = line.format(secret=board.api.secret)
    assert ask_raw(board.url, request(board.url, "/api/status", line)).status == 401
    query = f"/api/status?secret={board.api.secret}&token={board.api.secret}"
    assert ask_raw(board.url, request(board.url, query)).status == 401


def test_a_code_works_once(boards: list[Running]) -> None:
    one, two = boards
    code = json.loads(one.api.ask("/api/code", {}))["code"]
    with pytest.raises(Exception, match="401"):
        Api(two.url, code)
    assert Api(one.url, code).secret == one.api.secret
    with pytest.raises(Exception, match="401"):
        Api(one.url, code)


def test_boards_beside_each_other_do_not_open_each_other(boards: list[Running]) -> None:
    one, two = boards
    assert one.api.secret != two.api.secret
    assert ask_raw(two.url, request(two.url, "/api/status", one.bearer)).status == 401
    websocket = RawWebSocket(two.url)
    websocket.send_frame(json.dumps({"secret": one.api.secret}).encode())
    assert websocket.close_code() == 4401
    websocket.close()
    # The page of one asks the other: same host name, another port.
    for line in (f"Origin: {one.url}", "Sec-Fetch-Site: same-site"):
        assert ask_raw(two.url, request(two.url, "/api/status", line, two.bearer)).status == 403


# Requests that do not end, or are too large


def test_a_head_beyond_reason_is_cut_off(board: Running) -> None:
    for line in ("X: " + "x" * (1 << 20), "\r\n".join(f"X{i}: y" for i in range(20_000))):
        with connect(board.url) as connection:
            try:
                connection.sendall(request(board.url, "/api/status", line))
            except OSError:
                continue  # hung up in the middle: just as well
            assert read_answer(connection).status in (0, 400, 431)
    with connect(board.url) as connection:
        connection.sendall(b"GET /" + b"x" * 60_000)
        connection.sendall(b"x" * 60_000)
        assert read_answer(connection).status in (0, 400, 414)


def test_a_body_beyond_reason_is_not_kept(board: Running) -> None:
    """Strangers may send a code; who has the secret may send a long question."""
    head = f"POST /api/login HTTP/1.1\r\nHost: {host_of(board.url)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(board.url) as connection:
        connection.sendall(head.encode() + b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert read_answer(connection).status == 413
    long = "x" * (5 << 20)
    lines = (board.bearer, f"Content-Length: {len(long)}")
    with connect(board.url) as connection:
        connection.sendall(request(board.url, "/api/scalars", *lines, method="POST"))
        try:
            connection.sendall(long.encode())
        except OSError:
            return
        assert read_answer(connection).status in (0, 413)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"\xff\xfe", b"nan", b"9" * 100_000, b'{"code":' * 500]
)
def test_a_body_that_is_no_question_is_a_bad_request(board: Running, body: bytes) -> None:
    lines = (board.bearer, f"Content-Length: {len(body)}")
    head = request(board.url, "/api/scalars", *lines, method="POST")
    assert ask_raw(board.url, head + body).status == 400


def test_a_message_beyond_reason_ends_its_websocket(board: Running) -> None:
    whole = RawWebSocket(board.url)
    whole.connection.sendall(frame_head(1 << 40, 1))
    assert whole.close_code() in (1009, 1002)
    whole.close()
    in_parts = RawWebSocket(board.url)
    try:
        in_parts.send_frame(b"x" * 60_000, final=False)
        for _ in range(100):
            in_parts.send_frame(b"x" * 60_000, opcode=0, final=False)
    except OSError:
        pass
    assert in_parts.close_code() in (0, 1009)
    in_parts.close()


def test_a_compressed_message_beyond_reason_ends_its_websocket(board: Running) -> None:
    bomb = zlib.compressobj(9, wbits=-12)
    payload = bomb.compress(bytes(64 << 20)) + bomb.flush(zlib.Z_SYNC_FLUSH)
    websocket = RawWebSocket(board.url, "Sec-WebSocket-Extensions: permessage-deflate")
    head = bytearray(frame_head(len(payload[:-4]), 1))
    head[0] |= 0x40
    websocket.connection.sendall(bytes(head) + payload[:-4])
    assert websocket.close_code() in (1009, 4401)
    websocket.close()


@pytest.mark.parametrize(
    "target", ["/", "/api/status", "/api/nothing", "/app.js", "/api/changes?x=%00"]
)
def test_a_websocket_elsewhere_is_refused_without_a_fuss(board: Running, target: str) -> None:
    websocket = RawWebSocket(board.url, target=target)
    if websocket.status == 101:
        websocket.send_frame(b"{}")
        assert websocket.close_code() == 4401
    else:
        assert websocket.status in (403, 404)
    websocket.close()


def test_a_websocket_request_out_of_shape_is_refused_without_a_fuss(board: Running) -> None:
    for lines in (
        ("Upgrade: websocket", "Connection: Upgrade"),
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 1"),
        ("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"),
    ):  # fmt: skip
        head = ["GET /api/changes HTTP/1.1", f"Host: {host_of(board.url)}", *lines, "", ""]
        assert 400 <= ask_raw(board.url, "\r\n".join(head).encode()).status < 500
    head = [
        "POST /api/changes HTTP/1.1", f"Host: {host_of(board.url)}", "Upgrade: websocket",
        "Connection: Upgrade", "Content-Length: 5", "", "hello",
    ]  # fmt: skip
    assert ask_raw(board.url, "\r\n".join(head).encode()).status in (0, 400, 401, 404, 405, 426)


# Too many


def test_more_strangers_than_there_is_room_for_lock_nobody_out(board: Running) -> None:
    """300 connections that never say a whole sentence, and one page that was there before."""
    page = RawWebSocket(board.url)
    page.send_frame(json.dumps({"secret": board.api.secret}).encode())
    assert page.connection.recv(65536)
    silent = [connect(board.url) for _ in range(150)]
    slow = [connect(board.url) for _ in range(150)]
    for connection in slow:
        connection.sendall(b"POST /api/login HTTP/1.1\r\nHost: ")
    assert board.answers()
    # The newest still may speak, the oldest were shown out, and who was let in stays.
    slow[-1].sendall(f"{host_of(board.url)}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    assert read_answer(slow[-1]).status == 401
    assert sum(_is_open(connection) for connection in silent + slow) <= 100
    page.send_frame(b"still there", opcode=9)
    assert _hears_pong(page)
    for connection in [*silent, *slow]:
        connection.close()
    page.close()


def _is_open(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def _hears_pong(page: RawWebSocket) -> bool:
    data, deadline_s = b"", time.monotonic() + PATIENCE_S
    while b"\x8a\x0bstill there" not in data:
        assert time.monotonic() < deadline_s
        piece = page.connection.recv(65536)
        if not piece:
            return False
        data += piece
    return True
