"""What the user's own ssh is, and what its configuration says about a machine."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.link.ssh import ssh_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farboard.target import Target

# `Match exec` runs programs of the user's.
_ANSWERS_WITHIN_S = 5.0
_MAX_BYTES = 1 << 20

# What a configuration may say that would break a session between two programs, and what does not.
_OVERRIDDEN = {
    "remotecommand": ("none",),
    "requesttty": ("auto", "no", "false"),
    "localforward": (),
    "remoteforward": (),
    "dynamicforward": (),
    "localcommand": ("none",),
    "sessiontype": ("default",),
    "forkafterauthentication": ("no", "false"),
    "stdinnull": ("no", "false"),
    "controlmaster": ("no", "false"),
    "compression": ("no", "false"),
}


@dataclass(frozen=True)
class SshConfiguration:
    """What `ssh -G` says, before Farboard's own options.

    Args:
        values: of each option, by its name in small letters.
    """

    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """Return the value of an option that has one; empty for none."""
        value = self.values.get(name, [""])[0]
        return "" if value == "none" else value

    @property
    def overridden(self) -> list[str]:
        """Return what Farboard overrides: names and values, without commands' own words."""
        return [
            f"{name} {value.split()[0] if 'command' in name else value}"
            for name, harmless in _OVERRIDDEN.items()
            for value in self.values.get(name, [])
            if value and value not in harmless
        ]

    @property
    def keys(self) -> list[str]:
        """Return the identity files that exist."""
        names = self.values.get("identityfile", [])
        return [name for name in names if _exists(name)]


async def ssh_version() -> str:
    """Return what `ssh -V` says.

    Raises:
        ConnectError: there is no ssh.
    """
    _, said = await _run(["-V"])
    return said.strip()


async def ssh_configuration(target: Target, arguments: Sequence[str]) -> SshConfiguration:
    """Return the configuration for a target; empty when ssh does not say.

    Raises:
        ConnectError: there is no ssh.
    """
    out, _ = await _run(["-G", *_way(target, arguments)])
    values: dict[str, list[str]] = {}
    for line in out.splitlines():
        name, _, value = line.partition(" ")
        values.setdefault(name.lower(), []).append(value.strip())
    return SshConfiguration(values)


async def master_lives(target: Target, arguments: Sequence[str]) -> bool:
    """Whether another ssh holds a connection open that says it can be used.

    Raises:
        ConnectError: there is no ssh.
    """
    _, said = await _run(["-O", "check", *_way(target, arguments)])
    return "Master running" in said


def _way(target: Target, arguments: Sequence[str]) -> list[str]:
    port = [] if target.port is None else ["-p", str(target.port)]
    return [*port, *arguments, "--", target.destination]


async def _run(arguments: list[str]) -> tuple[str, str]:
    """Return what ssh says on stdout and stderr; nothing when it takes too long."""
    asking = await asyncio.create_subprocess_exec(
        ssh_program(),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(asking.communicate(), _ANSWERS_WITHIN_S)
    except asyncio.TimeoutError:
        return "", ""
    finally:
        with contextlib.suppress(ProcessLookupError):
            asking.kill()
    return tuple(data[:_MAX_BYTES].decode("utf-8", "replace") for data in (out, err))  # type: ignore[return-value]


def _exists(name: str) -> bool:
    try:
        return Path(name).expanduser().exists()
    except (OSError, RuntimeError):
        return False
