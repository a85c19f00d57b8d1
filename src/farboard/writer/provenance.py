"""Where a run comes from: command line, commit, host; without secrets."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_GIT_PATIENCE_S = 2.0
_HIDDEN = "***"
_SECRET = re.compile(r"(?:^|[-_./ ])(?:password|passwd|secret|token|(?:api|access)[-_]?key)$", re.I)


def provenance() -> dict[str, str]:
    """Return command, host, Python's version and, in a git repository, the commit."""
    found = {
        "command": command_line(),
        "host": socket.gethostname(),
        "python": platform.python_version(),
    }
    commit = git_commit()
    if commit:
        found["git_commit"] = commit
    return found


def command_line() -> str:
    """Return how this program was started, as one would type it."""
    words = getattr(sys, "orig_argv", None) or [sys.executable, *sys.argv]
    return shlex.join(without_secrets(words))


def without_secrets(words: list[str]) -> list[str]:
    """Hide the values of arguments whose names say that they are secrets."""
    shown: list[str] = []
    hide_next = False
    for word in words:
        name, equals, _ = word.partition("=")
        is_option = word.startswith("-")
        if hide_next and not is_option:
            shown.append(_HIDDEN)
        elif equals and is_secret(name):
            shown.append(f"{name}={_HIDDEN}")
        else:
            shown.append(word)
        hide_next = is_option and not equals and is_secret(name)
    return shown


def is_secret(name: str) -> bool:
    """Tell whether a value of this name is to be hidden."""
    return _SECRET.search(name) is not None


def git_commit() -> str:
    """Return the commit that is checked out, marked when files were changed; empty without git."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return ""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return commit.strip() + (" (changed)" if changed else "")


def as_mapping(config: Any) -> dict[str, Any]:
    """Return a configuration as a dict: of a mapping, a dataclass, or what argparse returns.

    Values whose names say that they are secrets are hidden.

    Raises:
        TypeError: it is none of them.
    """
    if config is None:
        return {}
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        config = dataclasses.asdict(config)
    elif not isinstance(config, Mapping) and hasattr(config, "__dict__"):
        config = vars(config)
    if not isinstance(config, Mapping):
        raise TypeError(f"expected a configuration with names, not {type(config).__name__}")
    return {str(name): _shown(str(name), value) for name, value in config.items()}


def table(rows: Mapping[str, Any]) -> str:
    """Return a Markdown table of names and values."""
    lines = ["| name | value |", "|---|---|"]
    lines += [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(lines)


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(inner): _shown(str(inner), one) for inner, one in value.items()}
    return _HIDDEN if isinstance(value, str) and is_secret(name) else value


def _cell(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace("|", "\\|")
    return " ".join(text.split()) or " "


def _git(*arguments: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        answer = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_PATIENCE_S,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode(errors="replace")
