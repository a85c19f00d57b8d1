"""What makes two starts the same: machine, login and directory, not how they were typed."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.errors import FarboardError
from farboard.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farboard.target import Target


def identity(target: Target, ssh_arguments: Sequence[str] = ()) -> str:
    """Return a word that is equal for targets that are; ssh's arguments are the end of it."""
    place = [target.kind, target.destination, str(target.port or ""), *target.via]
    # A name that was given stands on the page; another name makes another page.
    name = "" if _is_unnamed(target) else target.label
    if target.kind == "local":
        return "\0".join([*place, os.path.realpath(Path(target.path).expanduser()), name])
    return "\0".join([*place, _from_home(target.path), name, *ssh_arguments])


def _from_home(path: str) -> str:
    """Return a far path as if typed from the far home."""
    normal = posixpath.normpath(path)
    return "." if normal == "~" else normal.removeprefix("~/")


def _is_unnamed(target: Target) -> bool:
    """Whether the label is only what was typed, and not a name given to it."""
    try:
        return parse_target(target.label) == target
    except FarboardError:
        return False
