"""Sockets as a stranger uses them: any bytes, at any speed, to a board that really runs."""

from __future__ import annotations

import base64
import os
import socket
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0: the connection was closed without a word) and all the rest."""

    status: int
    text: str


def connect(url: str) -> socket.socket:
    """A connection to a board's port."""
    address = urlsplit(url)
    return socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_S)


def host_of(url: str) -> str:
    """What a browser puts into `Host`."""
    return urlsplit(url).netloc


def read_answer(connection: socket.socket) -> Answer:
    """All that comes until the other side closes, or says how much there is and sends it."""
    data = b""
    while not _is_whole(data):
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            break
        if not piece:
            break
        data += piece
    text = data.decode("latin-1")
    status = int(text.split(" ", 2)[1]) if text.startswith("HTTP/1.1 ") else 0
    return Answer(status, text)


def _is_whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = [line.partition(b":")[2] for line in lines if line.startswith(b"content-length:")]
    return bool(found and length) and len(body) >= int(length[0])


def ask_raw(url: str, request: bytes) -> Answer:
    """Sends bytes as they are and returns the first answer."""
    with connect(url) as connection:
        connection.sendall(request)
        return read_answer(connection)


def request(url: str, target: str = "/api/status", *lines: str, method: str = "GET") -> bytes:
    """A request with the right Host and more header lines."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host_of(url)}", *lines, "Connection: close"]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


class RawWebSocket:
    """A WebSocket client that may do what none should."""

    def __init__(self, url: str, *lines: str, target: str = "/api/changes") -> None:
        self.connection = connect(url)
        key = base64.b64encode(os.urandom(16)).decode()
        head = [
            f"GET {target} HTTP/1.1",
            f"Host: {host_of(url)}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *lines,
        ]
        self.connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            piece = self.connection.recv(4096)
            if not piece:
                break
            self.head += piece
        self.head, _, self._rest = self.head.partition(b"\r\n\r\n")

    @property
    def status(self) -> int:
        """101 where it was let in."""
        return int(self.head.split(b" ", 2)[1]) if self.head else 0

    def send_frame(self, payload: bytes, opcode: int = 1, *, final: bool = True) -> None:
        """One masked frame."""
        self.connection.sendall(frame_head(len(payload), opcode, final=final) + payload)

    def close_code(self) -> int:
        """Reads on until the other side ends it; 0: without a word."""
        data = self._rest
        try:
            while piece := self.connection.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
        place = 0
        while place + 2 <= len(data):
            opcode, size = data[place] & 0x0F, data[place + 1]
            skip = 2
            if size == 126:
                size, skip = struct.unpack(">H", data[place + 2 : place + 4])[0], 4
            elif size == 127:
                size, skip = struct.unpack(">Q", data[place + 2 : place + 10])[0], 10
            if opcode == 8:
                return int.from_bytes(data[place + skip : place + skip + 2], "big")
            place += skip + size
        return 0

    def close(self) -> None:
        """Leaves."""
        self.connection.close()


def frame_head(size: int, opcode: int, *, final: bool = True) -> bytes:
    """The head of a frame whose mask changes nothing."""
    first = (0x80 if final else 0) | opcode
    if size < 126:
        length = struct.pack(">B", 0x80 | size)
    elif size < 1 << 16:
        length = struct.pack(">BH", 0x80 | 126, size)
    else:
        length = struct.pack(">BQ", 0x80 | 127, size)
    return bytes([first]) + length + bytes(4)
