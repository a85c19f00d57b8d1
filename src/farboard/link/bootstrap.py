"""The dialogue with a far login shell, from its first line to a running engine.

1. ssh runs `boot_line`. It says a tag nobody else can know, then the platform, the home, the login
   and whether this engine is already there. What start-up files print before is skipped.
2. Only now do we send anything, because a start-up file that reads its input would eat it: a line
   that looks for another engine; one that runs the engine that is there; or one that reads
   `install.sh`, and then, when asked, the engine itself.
3. The engine replaces the shell, and the same stream carries HTTP/2.

Where a bare shell was started instead (`--via`), it reads its lines from us. When it begins to is
not known, so we knock until it answers, and only then give it the boot line.

The tag is a random word made for one connection, put together on the far side from two halves: a
forced command that echoes what it was asked to run does not say it. (A marker with NUL characters
would need a backslash to print, which fish and csh do not carry through quotes alike.)
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import shlex
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from farboard.link.engine import Engine

_WORD = "FARBOARD"
_KEPT_NOISE_BYTES = 4000
_CHUNK_BYTES = 32 * 1024
_INSTALL_PARTS = ("memory.sh", "install.sh")
_HASH_DIGITS = 32
# The words of the greeting; `engine` is the last of them to come.
_SAID = ("platform", "home", "login", "engine", "shell")
# The longest thing somebody honest says is a path, or why each of six directories will not do.
_REST_MAX = 8192
# Where the engine goes when the user's own directories will not do, from the fastest on.
SHARED_DIRECTORIES = ("/dev/shm", "/var/tmp", "/tmp")  # noqa: S108 - only as ours alone, see `q`
# Characters that some login shell gives a meaning inside single quotes, or that would end the line.
_UNSAFE = re.compile(r"['!\\`\n]")

# `o DIR`: whether a directory is ours and nobody else may write there, who could have put a program
# of theirs into it. `p DIR` takes the engine of such a directory if it runs; `q DIR` if nobody else
# may even look into it; `l HASH` looks for an engine everywhere and says where it is. What we send
# later is read line by line: a knock that came late is harmless, and the engine's input is left
# alone.
_BOOT = """\
PATH=${{PATH:+$PATH:}}/usr/bin:/bin; w={word}; t=$w-{nonce}; u=$(id -u); \
o() {{ case $(ls -ldL "$1" 2>/dev/null) in d????-??-*) [ -O "$1" ];; *) false;; esac; }}; \
p() {{ case $1 in /*) o "$1" && [ -x "$1/engine-$h" ] && \
case $("$1/engine-$h" --version 2>/dev/null) in \
farboard-engine*) e=$1/engine-$h;; esac;; esac; }}; \
q() {{ case $(ls -ld "$1" 2>/dev/null) in drwx------" "*|drwx------.*) \
[ -O "$1" ] && p "$1";; esac; }}; \
l() {{ h=$1; e=; p "${{XDG_CACHE_HOME:-$HOME/.cache}}/farboard"; \
[ "$e" ] || [ -z "$XDG_RUNTIME_DIR" ] || p "$XDG_RUNTIME_DIR/farboard"; \
for d in {shared}; do [ "$e" ] || q "$d/farboard-$u"; done; \
echo "$t engine $e"; }}; \
echo; echo "$t platform $(uname -sm)"; echo "$t home $HOME"; echo "$t login $(id -un)"; \
echo "$t shell $SHELL"; l {hash}; while IFS= read -r s; do eval "$s"; done; exit 92"""


class DialogueEndedError(Exception):
    """The far side hung up before the engine ran; the process and its stderr know more."""


class InstallError(Exception):
    """The engine cannot be put on the far machine, or does not run there."""


@dataclass(frozen=True)
class Greeting:
    """What the far side says first. `engine` is empty when it has none."""

    platform: str
    home: str
    login: str
    engine: str
    shell: str = ""


def boot_line(nonce: str, engine_hash: str) -> str:
    """Return the one line that every login shell runs alike.

    Raises:
        ValueError: it contains a character that some shell would not leave alone.
    """
    inner = _BOOT.format(
        word=_WORD,
        nonce=nonce,
        hash=engine_hash[:_HASH_DIGITS],
        shared=" ".join(SHARED_DIRECTORIES),
    )
    if _UNSAFE.search(inner):
        raise ValueError("the boot line contains a character that is not safe in every shell")
    return f"exec /bin/sh -c '{inner}'"


class Dialogue:
    """Our side of it, over the stdin and stdout of ssh."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._nonce = secrets.token_hex(16)
        self._tag = f"{_WORD}-{self._nonce} ".encode()
        self._noise = b""
        self.greeted = False

    @property
    def line(self) -> str:
        """What ssh is to run."""
        return boot_line(self._nonce, self.engine.sha256)

    @property
    def noise(self) -> str:
        """What start-up files (or whatever ran instead of us) printed, the last of it."""
        return self._noise.decode("utf-8", "replace").strip()

    def knock(self, writer: asyncio.StreamWriter) -> None:
        """Ask a bare shell to say that it is there; the answer is the word `shell`."""
        writer.write(f'w={_WORD}; echo "$w-{self._nonce} shell"\n'.encode())

    async def answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait for a bare shell to answer a knock, and give it the boot line.

        Raises:
            DialogueEndedError: it hung up instead.
        """
        while (await self._hear(reader))[0] != "shell":
            pass
        writer.write(f"{self.line}\n".encode())

    async def greeting(self, reader: asyncio.StreamReader) -> Greeting:
        """Wait for the far side's first words.

        Raises:
            DialogueEndedError: it hung up without them.
        """
        said: dict[str, str] = {}
        while "engine" not in said:
            word, rest = await self._hear(reader)
            self.greeted = True
            if word in _SAID:
                said[word] = rest
        return Greeting(*(said.get(name, "") for name in _SAID))

    async def look_for(
        self, engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        """Go on with another engine, and return where it is on the far side; empty: nowhere.

        Raises:
            DialogueEndedError: it hung up.
        """
        self.engine = engine
        writer.write(f"l {engine.sha256[:_HASH_DIGITS]}\n".encode())
        while True:
            word, place = await self._hear(reader)
            if word == "engine":
                return place

    def run(self, arguments: Sequence[str]) -> bytes:
        """Return the words that have the engine that is there replace the far shell.

        What is for the engine may follow at once: a shell reads no further than its line.
        """
        # Freshened, so that engines nobody uses can be told from this one after 30 days.
        return f'{_run_function(arguments)}; touch "$e" 2>/dev/null; run "$e"\n'.encode()

    async def install(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        arguments: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> str:
        """Send the engine and have it replace the far shell.

        Args:
            reader: stdout of ssh.
            writer: stdin of ssh.
            arguments: what the engine is run with.
            progress: called with bytes sent and bytes in all.

        Returns:
            Where it runs from: its path, or `memory`.

        Raises:
            InstallError: with what the far side says about it.
            DialogueEndedError: it hung up.
        """
        packed = await asyncio.to_thread(lambda: self.engine.packed)
        script = self._script(arguments, len(packed))
        writer.write(f'eval "$(head -c {len(script)})"\n'.encode() + script)
        word, form = await self._hear(reader)
        if word == "send":
            payload = packed if form == "gzip" else self.engine.content
            # Should it break off, the far side has said why; that is heard next.
            with contextlib.suppress(OSError):
                await _send(writer, payload, progress)
            word, form = await self._hear(reader)
        if word != "running":
            raise InstallError(form)
        return form

    def _script(self, arguments: Sequence[str], packed_bytes: int) -> bytes:
        settings = {
            "bytes": str(len(self.engine.content)),
            "packed_bytes": str(packed_bytes),
            "sha256": self.engine.sha256,
            "shared": " ".join(SHARED_DIRECTORIES),
        }
        lines = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
        lines.append(_run_function(arguments))
        parts = [resources.files(__package__).joinpath(name) for name in _INSTALL_PARTS]
        return "\n".join([*lines, *(part.read_text("utf-8") for part in parts)]).encode()

    async def _hear(self, reader: asyncio.StreamReader) -> tuple[str, str]:
        """Return the word and the rest of the next line that is for us."""
        while True:
            line = await self._read_line(reader)
            before, tag, text = line.partition(self._tag)
            if tag:
                word, _, rest = text.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
                return word, rest[:_REST_MAX]
            self._noise = (self._noise + before)[-_KEPT_NOISE_BYTES:]

    async def _read_line(self, reader: asyncio.StreamReader) -> bytes:
        """Return a line, or a part of one that is long beyond reason."""
        try:
            return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            return await reader.readexactly(error.consumed)
        except asyncio.IncompleteReadError as error:
            self._noise = (self._noise + error.partial)[-_KEPT_NOISE_BYTES:]
            raise DialogueEndedError from error
        except OSError as error:
            raise DialogueEndedError from error


def _run_function(arguments: Sequence[str]) -> str:
    """Return a shell function that replaces the shell by its arguments and those of the engine."""
    return f'run() {{ cd "$HOME"; exec "$@" {shlex.join(arguments)}; }}'


async def _send(
    writer: asyncio.StreamWriter, payload: bytes, progress: Callable[[int, int], None]
) -> None:
    for start in range(0, len(payload), _CHUNK_BYTES):
        writer.write(payload[start : start + _CHUNK_BYTES])
        await writer.drain()
        progress(min(start + _CHUNK_BYTES, len(payload)), len(payload))
