"""A far machine on this one: a real sshd on loopback with its own keys, port and home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.link.helpers import children

if TYPE_CHECKING:
    from tests.ssh.account import Account

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def new_key(path: Path, passphrase: str = "") -> Path:
    """A new key pair; the public half stands beside it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True)
    return path


class FarMachine:
    """One sshd and what belongs to it.

    Args:
        directory: where all of it is kept.
        name: what the client calls it.
        account: who logs in there; otherwise whoever runs the tests, with a home of their own.

    Attributes:
        home: the home directory of whoever logs in.
        cache: where an engine is kept there.
        client_config: what ssh is to be run with (`-F`); it knows the machine by `name`.
    """

    def __init__(self, directory: Path, name: str = "gpu1", account: Account | None = None) -> None:
        directory.mkdir()
        self.name = name
        self.directory = directory
        self.home = account.home if account else directory / "home"
        self.cache = account.cache if account else directory / "cache"
        self.home.mkdir(exist_ok=True)
        self._account = account
        self.port = free_port()
        self.host_key = new_key(directory / "host_key")
        self.client_key = new_key(directory / "client_key")
        self.known_hosts = directory / "known_hosts"
        self.client_config = directory / "ssh_config"
        self.log = directory / "log"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.trust(self.host_key)
        self.configure_client()

    def start(self, *settings: str) -> None:
        """Starts sshd; `settings` are lines of its configuration that win over the usual ones."""
        assert SSHD is not None
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        authorized = self.directory / "authorized_keys"
        authorized.write_text(self.client_key.with_suffix(".pub").read_text())
        config = self.directory / "sshd_config"
        config.write_text(
            "\n".join(
                [
                    *settings,
                    f"Port {self.port}",
                    "ListenAddress 127.0.0.1",
                    f"HostKey {self.host_key}",
                    f"AuthorizedKeysFile {authorized}",
                    f"PidFile {self.directory / 'pid'}",
                    *self._environment,
                    "PermitRootLogin yes",
                    "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no",
                    "StrictModes no",
                    "UsePAM no",
                    "",
                ]
            )
        )
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self._daemon = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
            )
        deadline = time.monotonic() + 20
        while b"Server listening" not in self.log.read_bytes():
            assert self._daemon.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    @property
    def _environment(self) -> list[str]:
        """An account has an environment of its own; otherwise nobody's home is touched."""
        if self._account:
            return []
        return [f"SetEnv HOME={self.home} XDG_CACHE_HOME={self.cache} XDG_RUNTIME_DIR="]

    def stop(self) -> None:
        """Stops sshd after looking that nobody is logged in any more and nothing runs there."""
        if self._daemon is None:
            return
        deadline = time.monotonic() + 10
        while (left := children(self._daemon.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._daemon.terminate()
        self._daemon.wait()
        self._daemon = None
        assert not left, "something is left running on the far side"

    def fall_silent(self) -> None:
        """Kills sshd and every connection with it; nobody can log in until `start`."""
        assert self._daemon is not None
        connections = children(self._daemon.pid)
        self._daemon.kill()
        self._daemon.wait()
        self._daemon = None
        _kill(connections)

    def end_connections(self) -> None:
        """Kills every connection; one can log in again at once."""
        assert self._daemon is not None
        _kill(children(self._daemon.pid))

    @property
    def processes(self) -> set[int]:
        """Of all who are logged in: sshd's own, and what runs there."""
        return children(self._daemon.pid) if self._daemon else set()

    def trust(self, host_key: Path) -> None:
        """Makes the client believe that this is the machine's key."""
        public = host_key.with_suffix(".pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}")

    def configure_client(self, *settings: str, extra: str = "") -> None:
        """Writes the client's configuration; `settings` win over the usual ones."""
        self.client_config.write_text(
            "\n".join(
                [
                    f"Host {self.name}",
                    *settings,
                    *([f"User {self._account.name}"] if self._account else []),
                    "HostName 127.0.0.1",
                    f"Port {self.port}",
                    f"IdentityFile {self.client_key}",
                    f"UserKnownHostsFile {self.known_hosts}",
                    "Host *",
                    "StrictHostKeyChecking yes",
                    "IdentitiesOnly yes",
                    "IdentityAgent none",
                    extra,
                    "",
                ]
            )
        )

    @property
    def ssh_arguments(self) -> tuple[str, ...]:
        """What ssh needs to find the machine."""
        return ("-F", str(self.client_config))

    @property
    def engines(self) -> list[Path]:
        """The engines kept there."""
        return sorted(self.cache.glob("farboard/engine-*"))

    def hears(self) -> str:
        """What another program hears when it runs nothing there: the noise of start-up files."""
        command = ["ssh", *self.ssh_arguments, self.name, "true"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start_up_file(self, script: str) -> None:
        """Writes the file that bash runs for each command that comes over ssh."""
        (self.home / ".bashrc").write_text(script + "\n")

    def shell_is_bash(self) -> bool:
        """Whether the login shell of this account reads `.bashrc` when it runs a command."""
        command = ["ssh", *self.ssh_arguments, self.name, f"echo $0; {shlex.quote('true')}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return said.strip().endswith("bash")


def _kill(processes: set[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Relay:
    """A network in front of a port, which can be frozen and cut."""

    def __init__(self, port: int) -> None:
        self._to_port = port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.carried_bytes = 0
        self.pieces = 0
        self.port = 0

    async def start(self) -> None:
        """Begins to listen on `port`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def freeze(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        self._open.clear()

    def thaw(self) -> None:
        """From now on everything gets through, what waited first."""
        self._open.set()

    def cut(self) -> None:
        """Breaks all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def stop(self) -> None:
        """Breaks all connections and stops listening."""
        self.thaw()
        self.cut()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await self._open.wait()
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers |= {writer, there_writer}
        try:
            await asyncio.gather(
                self._carry(reader, there_writer), self._carry(there_reader, writer)
            )
        finally:
            self._writers -= {writer, there_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._open.wait()
                self.carried_bytes += len(data)
                self.pieces += 1
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
