"""What is typed on the command line ("gpu1:runs") becomes a `Target`: which machine, which path."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from farboard.errors import TargetError

HOME = "~"
PLACE_OF_NAME = "{}"
_SCHEME = "ssh://"
# ssh expands host and user into commands of the user's own configuration (ProxyCommand, Match
# exec), so nothing that means something to a shell may be in them; newer ssh refuses the same.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f'`\"$\\;&<>|(){}*?#!,/]")
# user@[v6]:dir, where the address may carry a zone (fe80::1%eth0).
_BRACKETED = re.compile(r"(?s)(?:(?P<user>[^/\[\]]*)@)?\[(?P<host>[^\[\]/]*)\]:(?P<path>.*)")


@dataclass(frozen=True)
class Target:
    """A logdir and the machine it is on.

    Attributes:
        kind: `local`, `ssh`, or `via`: through a command that gives a shell an input and an output.
        path: the logdir; absolute or beginning with `~` when local; far paths stand as typed,
            below the far home when relative. `~` and globs are expanded by the engine.
        label: the target as typed, the name of this source everywhere.
        host, user, port: where ssh goes; empty or None: what ssh's own configuration says.
        via: that command's words.
    """

    kind: Literal["local", "ssh", "via"]
    path: str
    label: str
    host: str = ""
    user: str = ""
    port: int | None = None
    via: tuple[str, ...] = ()

    @property
    def is_far(self) -> bool:
        """Whether it is on another machine."""
        return self.kind != "local"

    @property
    def destination(self) -> str:
        """The argument ssh takes: `host` or `user@host`."""
        return f"{self.user}@{self.host}" if self.user else self.host

    @property
    def machine(self) -> str:
        """What the machine is called in sentences."""
        return self.host if self.is_far else "this machine"

    @property
    def way(self) -> str:
        """What leads to a shell there, as one types it: `ssh you@gpu1`, `docker exec -i box`."""
        return shlex.join(self.via) if self.via else f"ssh {self.destination}"


def parse_target(text: str, via: str | None = None) -> Target:
    """Read `dir`, `host:dir`, `user@host:dir`, `host:` (its home) or `ssh://user@host:2222/dir`.

    As with scp, a colon before the first slash means a machine, unless a local file has that name.
    IPv6 addresses stand in brackets.

    Args:
        text: what was typed.
        via: a command that leads to the machines instead of ssh; `{}` in it stands for the name of
            the machine, and `:dir` is enough where it names the machine itself.

    Raises:
        TargetError: the text cannot be understood, or would mean something else to ssh.
    """
    if via is not None:
        return _via(text, via)
    return _parse(text)


def _via(text: str, command: str) -> Target:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise TargetError(f"--via {command!r} cannot be split into words ({error})") from None
    if not words:
        raise TargetError("--via is empty", 'give a command: --via "docker exec -i box"')
    named_there = not any(PLACE_OF_NAME in word for word in words)
    if named_there and text.startswith(":"):
        # The last word that is no option is what such commands go to: `docker exec -i BOX`.
        names = [word for word in words[1:] if not word.startswith("-")] or words
        host, path = names[-1], text[1:] or HOME
        return Target("via", path, f"{host}:{path}", host=host, via=tuple(words))
    target = _parse(text)
    if not target.is_far:
        return target
    filled = tuple(word.replace(PLACE_OF_NAME, target.destination) for word in words)
    return Target("via", target.path, text, host=target.host, user=target.user, via=filled)


def _parse(text: str) -> Target:
    if not text:
        raise TargetError("a target is empty", 'write a directory ("runs") or "host:dir"')
    if "\0" in text:
        raise TargetError("a target contains a NUL character")
    if text.startswith(_SCHEME):
        return _parse_url(text)
    if os.path.lexists(text):
        return _local(text)
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        user, host, path = bracketed["user"], bracketed["host"], bracketed["path"]
        return _ssh(text, host, path, user=user or "", user_given=user is not None)
    before_colon, colon, path = text.partition(":")
    if not colon or "/" in before_colon:
        return _local(text)
    user, at, host = before_colon.rpartition("@")
    return _ssh(text, host, path, user=user, user_given=bool(at))


def _local(text: str) -> Target:
    # The engine runs elsewhere than we do, so only here a relative path still has its meaning.
    path = text if text.startswith("~") else str(Path.cwd() / text)
    return Target(kind="local", path=path, label=text)


def _parse_url(text: str) -> Target:
    place, slash, path = text[len(_SCHEME) :].partition("/")
    user, at, address = place.rpartition("@")
    match = re.fullmatch(
        r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[^:]*))?", address
    )
    if not match:
        raise TargetError(
            f'"{text}" is not a valid ssh address', 'write "ssh://user@host:port/dir"'
        )
    path = unquote(path)
    if path and not path.startswith("~"):
        path = slash + path
    return _ssh(
        text,
        unquote(match["name"] if match["v6"] is None else match["v6"]),
        path,
        user=unquote(user),
        user_given=bool(at),
        port=_port(text, match["port"]),
    )


def _port(text: str, digits: str | None) -> int | None:
    if digits is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", digits) or not 0 < int(digits) < 65536:
        raise TargetError(f'"{text}": the port must be a number from 1 to 65535')
    return int(digits)


def _ssh(
    text: str, host: str, path: str, *, user: str, user_given: bool, port: int | None = None
) -> Target:
    if not host:
        raise TargetError(
            f'"{text}" names no machine',
            f'write "./{text}" for a local directory, "[::1]:dir" for an IPv6 address, or say with '
            "--via how to get there",
        )
    if user_given and not user:
        raise TargetError(f'"{text}" names no user before the @')
    if "\0" in path:
        raise TargetError("a target contains a NUL character")
    _refuse_unsafe("host", host)
    _refuse_unsafe("user", user)
    return Target("ssh", path or HOME, text, host=host, user=user, port=port)


def _refuse_unsafe(what: str, name: str) -> None:
    if name.startswith("-"):
        raise TargetError(
            f'the {what} "{name}" begins with "-"', "ssh would take it for an option; check it"
        )
    bad = _FORBIDDEN.search(name)
    if bad:
        raise TargetError(f"the {what} {name!r} contains {bad[0]!r}, which no {what} name can have")
