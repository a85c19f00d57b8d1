"""Runs an engine on a far machine through the user's own ssh program."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import stat
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from farboard.errors import ConnectError, FarboardError, RemoteError, SourceDown
from farboard.link.bootstrap import Dialogue, DialogueEndedError, InstallError
from farboard.link.classify import (
    LOGGED_IN,
    Seen,
    cannot_install,
    classify,
    is_chatter,
    is_error_line,
    jump_is_to_blame,
    no_engine_for,
    shell_hangs,
    why_lost,
)
from farboard.link.engine import Engine, find_engine
from farboard.link.process import Child
from farboard.link.session import Session, engine_arguments, shake_hands
from farboard.link.terminal import Terminal, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link.bootstrap import Greeting
    from farboard.link.state import LinkOptions, Timing
    from farboard.target import Target

_KEPT_LINES = 100
_TICK_S = 0.1
_LAST_WORDS_S = 2.0
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


async def open_ssh(
    target: Target, options: LinkOptions, *, interactive: bool, note: Callable[[str], None]
) -> Session:
    """Log in to a far machine and start the engine there.

    Args:
        target: where to.
        options: how.
        interactive: ssh may ask in the terminal; otherwise it fails instead.
        note: called with a sentence about what is being done.

    Raises:
        FarboardError: why it did not work.
    """
    program = ssh_program()
    engine = find_engine(options.engine)
    terminal = Terminal()
    async with terminal.turn() if interactive else contextlib.nullcontext():
        attempt = _Attempt(program, target, options, engine, terminal, note, batch=not interactive)
        try:
            return await attempt.run(own_connection=False)
        except _SharedConnectionHangsError:
            return await attempt.run(own_connection=True)


class _SharedConnectionHangsError(Exception):
    """A connection another ssh holds open for us does not answer."""


class _Attempt:
    """One attempt to log in, and what is known about it should it fail."""

    def __init__(
        self,
        program: str,
        target: Target,
        options: LinkOptions,
        engine: Engine,
        terminal: Terminal,
        note: Callable[[str], None],
        *,
        batch: bool,
    ) -> None:
        self._program = program
        self._target = target
        self._options = options
        self._engine = engine
        self._terminal = terminal
        self._note = note
        self._batch = batch
        self._say = options.say or say
        self._logged_in = False
        self._said_after_login: deque[str] = deque(maxlen=_KEPT_LINES)

    async def run(self, *, own_connection: bool) -> Session:
        await asyncio.to_thread(lambda: self._engine.sha256)
        self._logged_in = False
        dialogue = Dialogue(self._engine)
        arguments = ssh_arguments(
            self._target, self._options, batch=self._batch, own_connection=own_connection
        )
        child = await self._start([self._program, *arguments, dialogue.line])
        try:
            return await self._talk(child, dialogue, own_connection=own_connection)
        except DialogueEndedError:
            error = await self._explain(child, dialogue)
        except SourceDown as broken:
            error = await self._explain_engine(child, broken)
        except InstallError as failed:
            error = cannot_install(self._target, str(failed))
        except BaseException:
            await child.end(0)
            raise
        await child.end(0)
        raise error

    async def _start(self, command: list[str]) -> Child:
        try:
            return await Child.start(command, on_stderr_line=self._hear)
        except OSError as error:
            raise ConnectError(f"ssh cannot be started ({error})") from error

    def _hear(self, line: str) -> bool:
        """Take a line of ssh's stderr; return whether it says anything of use later."""
        if is_chatter(line):
            if line.startswith(LOGGED_IN) and not self._logged_in:
                self._logged_in = True
                self._note(f"logged in to {self._target.machine}, waiting for its login shell")
            return False
        # While ssh may ask, everything it says belongs before the user's eyes ("confirm user
        # presence", what to type as second factor), but not the errors we put in other words, and
        # not what start-up files say.
        if self._logged_in:
            self._said_after_login.append(line)
        elif not self._batch and line.strip() and not is_error_line(line):
            self._say("".join(c for c in line if c.isprintable() or c == "\t"))
        return True

    async def _talk(self, child: Child, dialogue: Dialogue, *, own_connection: bool) -> Session:
        greeting = await self._greeting(child, dialogue, own_connection=own_connection)
        self._logged_in = True
        arguments = engine_arguments(self._target.path, far=True, threads=self._options.threads)
        if greeting.engine:
            dialogue.run(child.stdin, arguments)
        elif self._engine.runs_on(greeting.platform):
            await dialogue.install(child.stdout, child.stdin, arguments, self._sent)
        else:
            raise no_engine_for(self._target, greeting.platform, self._engine.platform)
        self._note(f"starting the engine on {self._target.machine}")
        session = await shake_hands(child)
        # A banner is no reason for what may happen later.
        child.forget_stderr()
        return session

    def _sent(self, sent_bytes: int, all_bytes: int) -> None:
        share = f"{sent_bytes / 1e6:.1f} of {all_bytes / 1e6:.1f} MB"
        self._note(f"sending the engine to {self._target.machine}, once: {share}")

    async def _greeting(
        self, child: Child, dialogue: Dialogue, *, own_connection: bool
    ) -> Greeting:
        patience = Patience(self._options.timing, can_ask=not self._batch and self._terminal.exists)
        hearing = asyncio.ensure_future(dialogue.greeting(child.stdout))
        ended = asyncio.ensure_future(child.wait())
        try:
            while not hearing.done():
                await asyncio.wait(
                    (hearing, ended), timeout=_TICK_S, return_when=asyncio.FIRST_COMPLETED
                )
                if ended.done():
                    await asyncio.wait((hearing,), timeout=_LAST_WORDS_S)
                    if not hearing.done():
                        raise DialogueEndedError
                moment = patience.next(
                    spoken=self._logged_in or child.spoken, asks=self._terminal.asks()
                )
                if moment and not hearing.done():
                    await self._lose_patience(moment, dialogue, own_connection=own_connection)
            return hearing.result()
        finally:
            hearing.cancel()
            ended.cancel()
            await asyncio.wait((hearing, ended))

    async def _lose_patience(
        self, moment: Moment, dialogue: Dialogue, *, own_connection: bool
    ) -> None:
        machine = self._target.machine
        if moment == "touch":
            if not self._batch:
                self._say("(waiting for ssh; it may be asking you to touch your security key)")
        elif moment == "shared":
            path = None if own_connection else await self._shared_connection()
            if path:
                self._say(
                    f"{machine}: the shared ssh connection ({path}) is not answering, "
                    "opening a new one"
                )
                raise _SharedConnectionHangsError
        elif moment == "hint":
            if not self._batch:
                self._say(
                    f"(still waiting for {machine}. When you have logged in already, a start-up "
                    f"file there may wait for input; test:  ssh {self._target.destination} true)"
                )
        elif dialogue.greeted:
            raise RemoteError(
                f"logged in to {machine}, but its home directory does not answer",
                "a network file system may hang there",
            )
        elif self._batch and not (self._logged_in or dialogue.noise):
            raise ConnectError(f"{machine} does not answer")
        else:
            raise shell_hangs(self._target)

    async def _shared_connection(self) -> str | None:
        """Return the socket of a connection another ssh holds open for this target, if any."""
        path = (await self._configuration()).get("controlpath", "")
        return path if _is_socket(path) else None

    async def _configuration(self) -> dict[str, str]:
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

    async def _explain(self, child: Child, dialogue: Dialogue) -> FarboardError:
        """Say why the far side hung up before the engine ran."""
        exit_code = await _last_words(child)
        if not dialogue.greeted and exit_code is None:
            # Its output ended, but it did not: the shell became something else.
            return shell_hangs(self._target)
        if not dialogue.greeted:
            said = "\n".join(self._said_after_login) if self._logged_in else child.stderr
            seen = Seen(self._target, said, dialogue.noise, exit_code, self._batch, self._logged_in)
            if jump_is_to_blame(seen):
                configuration = await self._configuration()
                seen = dataclasses.replace(seen, jump=configuration.get("proxyjump", ""))
            return classify(seen)
        lost = why_lost(self._target, child.stderr, exit_code)
        return ConnectError(f"{lost.message}, while it was being started", lost.hint)

    async def _explain_engine(self, child: Child, error: SourceDown) -> FarboardError:
        exit_code = await _last_words(child)
        said = child.stderr.strip().splitlines()
        quote = f': "{said[-1]}"' if said else ""
        return RemoteError(
            f"the engine on {self._target.machine} did not start "
            f"({error.message}, exit code {exit_code}){quote}"
        )


Moment = Literal["touch", "shared", "hint", "give_up"]


class Patience:
    """How long to wait for the far side's first word, and what to do meanwhile.

    ssh says when the login is over, but not over a connection that another ssh holds open. Beyond
    that this is known: any byte on stdout comes from a login shell; a terminal without echo means
    that a secret is being typed, and that time does not count; and where nobody can be asked,
    nothing but network and shell can be slow. For what remains (a touch of a key, a push to a
    telephone) only the server's own limit for logins is a limit; a hint is shown long before.
    """

    def __init__(self, timing: Timing, *, can_ask: bool) -> None:
        self._last_s = time.monotonic()
        self._silent_s = 0.0
        self._spoken_s = 0.0
        self._login_s = timing.login_s
        self._limit_s = timing.login_s + (timing.grace_s if can_ask else timing.connect_s)
        self._ahead: list[tuple[float, Moment]] = [
            (timing.touch_s, "touch"),
            (timing.shared_s, "shared"),
            (timing.login_s, "hint"),
        ]

    def next(self, *, spoken: bool, asks: bool) -> Moment | None:
        """Return what it is time for now, each moment once.

        Args:
            spoken: whether the login is over.
            asks: whether a secret is being typed.
        """
        now_s = time.monotonic()
        passed_s, self._last_s = now_s - self._last_s, now_s
        if not asks:
            self._silent_s += passed_s
            self._spoken_s += passed_s if spoken else 0.0
        if self._spoken_s >= self._login_s or self._silent_s >= self._limit_s:
            return "give_up"
        if not spoken and self._ahead and self._silent_s >= self._ahead[0][0]:
            return self._ahead.pop(0)[1]
        return None


async def _last_words(child: Child) -> int | None:
    """Let a process that hung up end, so that its exit code and its last lines are known."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(child.wait(), _LAST_WORDS_S)
    return child.exit_code


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False
