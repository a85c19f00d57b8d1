"""Who listens on a port of this machine, as far as Linux tells us."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENING = "0A"


@dataclass(frozen=True)
class Holder:
    """A program that listens.

    Args:
        name: of the program; empty when it is another user's.
        pid: or 0 when it is another user's.
    """

    name: str
    pid: int

    def __str__(self) -> str:
        return f"{self.name}, pid {self.pid}" if self.pid else "a program of another user"


def find_holder(port: int) -> Holder | None:
    """Return the program that listens on a port, or None when that cannot be found out."""
    inodes = {inode for table in TABLES for inode in _listeners(table, port)}
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds_any(process, wanted):
            return Holder(_name(process), int(process.name))
    return Holder("", 0)


def _listeners(table: Path, port: int) -> list[str]:
    """Inodes of listening sockets; columns as in proc(5)."""
    try:
        rows = table.read_text().splitlines()[1:]
    except OSError:
        return []
    fields = (row.split() for row in rows)
    return [
        field[9]
        for field in fields
        if field[3] == LISTENING and int(field[1].rpartition(":")[2], 16) == port
    ]


def _holds_any(process: Path, wanted: set[str]) -> bool:
    try:
        files = list((process / "fd").iterdir())
    except OSError:
        return False
    return any(_link_of(file) in wanted for file in files)


def _link_of(file: Path) -> str:
    try:
        return str(Path(file).readlink())
    except OSError:
        return ""


def _name(process: Path) -> str:
    """Return the program's name; it is another's word, so only what can be printed."""
    try:
        name = (process / "comm").read_text().strip()
    except OSError:
        name = ""
    return "".join(letter for letter in name if letter.isprintable()) or os.fspath(process)
