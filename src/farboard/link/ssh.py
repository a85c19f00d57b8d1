"""The way through the user's own ssh program."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.errors import ConnectError
from farboard.link.classify import classify, jump_is_to_blame
from farboard.link.way import Shell

if TYPE_CHECKING:
    from farboard.errors import FarboardError
    from farboard.link.classify import Seen
    from farboard.link.state import LinkOptions
    from farboard.target import Target

_ASK_CONFIGURATION_S = 5.0

# What a user's configuration may say that would break a session between two programs.
# IgnoreUnknown comes first, so that older clients accept the rest. It is `*`, not just the newer
# names: the first value of an option counts, so ours hides the user's own (often `UseKeychain`),
# and ssh would then stop at what the user had told it to ignore.
_OPTIONS = (
    "IgnoreUnknown=*",
    "RemoteCommand=none",
    "SessionType=default",
    "ForkAfterAuthentication=no",
    "StdinNull=no",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
    "ControlMaster=no",
    "EscapeChar=none",
    # Not cleared with the forwardings.
    "Tunnel=no",
    # What ssh says is all we know of it. One level above the usual it tells when the login is over.
    "LogLevel=VERBOSE",
)
# These stand behind the user's own options, so that those count.
_DEFAULTS = (
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    "ConnectTimeout=15",
    "Compression=no",
)


def ssh_program() -> str:
    """Find ssh.

    Raises:
        ConnectError: there is none.
    """
    program = shutil.which("ssh")
    if not program:
        raise ConnectError(
            "no ssh program found",
            "install OpenSSH client (Windows: Settings → Optional features)",
        )
    return program


def ssh_arguments(
    target: Target,
    options: LinkOptions,
    *,
    batch: bool = False,
    own_connection: bool = False,
    windows: bool = os.name == "nt",
) -> list[str]:
    """Return the arguments of ssh, up to and with the destination.

    Args:
        target: where to.
        options: with what is passed through.
        batch: never ask anything; fail instead.
        own_connection: do not use a connection another ssh holds open.
        windows: leave out what breaks connections there.
    """
    arguments = ["-T", "-x", "-a"]
    for option in _OPTIONS:
        if not (windows and option.startswith("Control")):
            arguments += ["-o", option]
    if options.trace:
        arguments += ["-v"] * options.trace.ssh_verbosity
    if batch:
        arguments += ["-o", "BatchMode=yes"]
    if own_connection and not windows:
        arguments += ["-o", "ControlPath=none"]
    if target.port is not None:
        arguments += ["-p", str(target.port)]
    arguments += options.ssh_arguments
    for option in _DEFAULTS:
        arguments += ["-o", option]
    return [*arguments, "--", target.destination]


class Ssh:
    """Logs in with ssh, which runs our line in the login shell.

    Raises:
        ConnectError: there is no ssh.
    """

    name = "ssh"

    def __init__(self, target: Target, options: LinkOptions) -> None:
        self._program = ssh_program()
        self._target = target
        self._options = options

    def shell(self, line: str, *, batch: bool, own_connection: bool) -> Shell:
        """Return the command; ssh itself sees to it that nothing is asked when `batch`."""
        arguments = ssh_arguments(
            self._target, self._options, batch=batch, own_connection=own_connection
        )
        return Shell([self._program, *arguments, line])

    async def shared_connection(self) -> str | None:
        """Return the socket of a connection another ssh holds open for this target, if any."""
        path = (await self.configuration()).get("controlpath", "")
        return path if _is_socket(path) else None

    async def configuration(self) -> dict[str, str]:
        """Return what ssh makes of the user's configuration for this target; empty if it hangs."""
        arguments = ssh_arguments(self._target, self._options, batch=True)
        try:
            asking = await asyncio.create_subprocess_exec(
                self._program,
                "-G",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError:
            return {}
        try:
            out, _ = await asyncio.wait_for(asking.communicate(), _ASK_CONFIGURATION_S)
        except asyncio.TimeoutError:
            asking.kill()
            await asking.wait()
            return {}
        lines = out.decode("utf-8", "replace").splitlines()
        return {word: value for word, _, value in (line.partition(" ") for line in lines)}

    async def explain(self, seen: Seen) -> FarboardError:
        """Say why an attempt ended before our own first word."""
        if jump_is_to_blame(seen):
            configuration = await self.configuration()
            seen = dataclasses.replace(seen, jump=configuration.get("proxyjump", ""))
        return classify(seen)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False
