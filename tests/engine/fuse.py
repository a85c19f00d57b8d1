"""A file system that can hang: a few files in memory behind `/dev/fuse`, answered by a thread."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = "/dev/fuse"

_REQUEST = struct.Struct("<IIQQIIII")
_ATTRIBUTES = struct.Struct("<6Q10I")
_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ, _STATFS, _RELEASE = 1, 2, 3, 14, 15, 17, 18
_FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR, _INTERRUPT, _BATCH_FORGET = (
    25, 26, 27, 28, 29, 36, 42,
)  # fmt: skip
_MAX_REQUEST_BYTES = 128 * 1024 + 4096
_MNT_DETACH = 2
_ROOT = 1

_libc = ctypes.CDLL(None, use_errno=True)


class FuseMount:
    """Files mounted at a directory; nothing is cached, so every look asks the thread.

    Args:
        point: an empty directory.
        files: content by path.
        kind: what the mount table names it: `fuse.…`.
        source: where the mount table says it comes from.
    """

    def __init__(self, point: Path, files: dict[str, bytes], kind: str, source: str) -> None:
        self.point = point
        self.files = files
        self._answers = threading.Event()
        self._answers.set()
        self._paths: list[str] = []
        self._device = os.open(DEVICE, os.O_RDWR)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0"
        arguments = [os.fsencode(part) for part in (source, point, kind)]
        if _libc.mount(*arguments, 0, options.encode()):
            code = ctypes.get_errno()
            os.close(self._device)
            raise OSError(code, os.strerror(code), str(point))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def hang(self) -> None:
        """Answer nothing from now on."""
        self._answers.clear()

    def go_on(self) -> None:
        """Answer again."""
        self._answers.set()

    def close(self) -> None:
        """Unmount, whoever may be waiting."""
        self.go_on()
        _libc.umount2(os.fsencode(self.point), _MNT_DETACH)
        self._thread.join(10)
        os.close(self._device)

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, _MAX_REQUEST_BYTES)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):
                    continue
                return  # ENODEV: it was unmounted.
            self._answers.wait()
            _, kind, unique, node, *_ = _REQUEST.unpack_from(request)
            if kind in (_FORGET, _BATCH_FORGET, _INTERRUPT):
                continue
            try:
                code, content = 0, self._answer(kind, node, request[_REQUEST.size :])
            except OSError as error:
                code, content = -(error.errno or errno.EIO), b""
            try:
                os.write(
                    self._device, struct.pack("<IiQ", 16 + len(content), code, unique) + content
                )
            except OSError as error:
                if error.errno != errno.ENOENT:  # That one was interrupted.
                    return

    def _answer(self, kind: int, node: int, asked: bytes) -> bytes:
        if kind == _INIT:
            return struct.pack("<IIIIHHII9I", 7, 31, 0, 0, 16, 12, 65536, 1, *[0] * 9)
        if kind == _LOOKUP:
            path = f"{self._path(node)}/{os.fsdecode(asked.rstrip(bytes(1)))}".lstrip("/")
            return struct.pack("<4Q2I", self._node(path), 0, 0, 0, 0, 0) + self._attributes(path)
        if kind == _GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + self._attributes(self._path(node))
        if kind in (_OPEN, _OPENDIR):
            return struct.pack("<Q2I", 0, 1, 0)  # FOPEN_DIRECT_IO: no cache.
        if kind == _READ:
            _, offset, size = struct.unpack_from("<QQI", asked)
            return self.files[self._path(node)][offset : offset + size]
        if kind == _READDIR:
            _, offset, _ = struct.unpack_from("<QQI", asked)
            return b"" if offset else self._entries(self._path(node))
        if kind == _STATFS:
            return struct.pack("<5Q10I", 0, 0, 0, 0, 0, 4096, 255, 4096, *[0] * 7)
        if kind in (_FLUSH, _RELEASE, _RELEASEDIR):
            return b""
        raise OSError(errno.ENOSYS, "not needed")

    def _path(self, node: int) -> str:
        return "" if node == _ROOT else self._paths[node - _ROOT - 1]

    def _node(self, path: str) -> int:
        if path not in self._paths:
            self._paths.append(path)
        return self._paths.index(path) + _ROOT + 1

    def _is_directory(self, path: str) -> bool:
        return not path or any(file.startswith(f"{path}/") for file in self.files)

    def _attributes(self, path: str) -> bytes:
        directory = self._is_directory(path)
        if not directory and path not in self.files:
            raise OSError(errno.ENOENT, path)
        size = 0 if directory else len(self.files[path])
        mode = stat.S_IFDIR | 0o755 if directory else stat.S_IFREG | 0o644
        node, now_s = self._node(path) if path else _ROOT, int(time.time())
        return _ATTRIBUTES.pack(
            node, size, 0, now_s, now_s, now_s, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0
        )  # fmt: skip

    def _entries(self, directory: str) -> bytes:
        below = [path for path in self.files if path.startswith(f"{directory}/".lstrip("/"))]
        names = {path[len(directory) :].lstrip("/").split("/")[0] for path in below}
        entries = b""
        for place, name in enumerate(sorted(names), 1):
            path = f"{directory}/{name}".lstrip("/")
            encoded = os.fsencode(name)
            kind = stat.S_IFDIR if self._is_directory(path) else stat.S_IFREG
            entry = struct.pack("<QQII", self._node(path), place, len(encoded), kind >> 12)
            entries += (entry + encoded).ljust(24 + (len(encoded) + 7) // 8 * 8, b"\0")
        return entries
