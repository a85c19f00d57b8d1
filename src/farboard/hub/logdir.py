"""What is wrong with a logdir, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from farboard.errors import LogdirError
from farboard.hub.untrusted import object_in

if TYPE_CHECKING:
    from farboard.hub.source import Source


def logdir_error(source: Source) -> LogdirError | None:
    """Why a source's logdir cannot be read, or None when it can."""
    logdir = object_in(source.status, "logdir")
    path = str(logdir.get("path") or source.target.path)
    state = logdir.get("state")
    if state == "missing":
        return LogdirError(f"{_place(source)} has no {path}{_login(source)}", _closest(logdir))
    if state == "not_a_directory":
        return LogdirError(f"{path} on {_place(source)} is not a directory")
    if state == "unreadable":
        user = object_in(source.status, "engine").get("user") or "you"
        why = str(logdir.get("message") or "permission denied")
        why = why.removeprefix(f"{path} cannot be read: ")
        return LogdirError(f'{path} exists but "{user}" may not read it ({why})')
    return None


def _place(source: Source) -> str:
    return source.target.machine


def _login(source: Source) -> str:
    """Who we are over there: the usual reason why a path is not what it is at home."""
    engine = object_in(source.status, "engine")
    if not source.target.is_far or not engine.get("user"):
        return ""
    return f" (logged in as {engine['user']}, home {engine.get('home', '?')})"


def _closest(logdir: dict[str, Any]) -> str:
    closest = logdir.get("closest")
    if not isinstance(closest, list) or not closest:
        return ""
    return f"closest: {', '.join(str(path) for path in closest)}"
