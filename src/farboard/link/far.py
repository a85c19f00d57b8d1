"""Gets an engine running on a far machine, whichever way leads to a shell there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from farboard.errors import (
    ConnectError,
    FarboardError,
    HostKeyError,
    LoginError,
    RemoteError,
    SetupError,
    SourceDown,
)
from farboard.link.bootstrap import Dialogue, DialogueEndedError, InstallError
from farboard.link.classify import (
    LOGGED_IN,
    Seen,
    cannot_install,
    is_chatter,
    is_error_line,
    shell_hangs,
    why_lost,
)
from farboard.link.engine import find_engine
from farboard.link.foreign import find_foreign_engine
from farboard.link.patience import Patience
from farboard.link.process import Child
from farboard.link.session import Session, engine_arguments, shake_hands
from farboard.link.ssh import Ssh
from farboard.link.terminal import Terminal, say, somebody_asks
from farboard.link.trace import is_debug_line
from farboard.link.via import Via

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from farboard.link.bootstrap import Greeting
    from farboard.link.engine import Engine
    from farboard.link.patience import Moment
    from farboard.link.state import LinkOptions
    from farboard.link.way import Way
    from farboard.target import Target

_T = TypeVar("_T")
_KEPT_LINES = 100
_TICK_S = 0.1
_LAST_WORDS_S = 2.0
# A start-up file that reads its input may have eaten a knock; a shell answers all it hears.
_KNOCK_AGAIN_S = 1.0


async def open_far(
    target: Target, options: LinkOptions, *, interactive: bool, note: Callable[[str], None]
) -> Session:
    """Log in to a far machine and start the engine there.

    Args:
        target: where to.
        options: how.
        interactive: whoever leads there may ask in the terminal; otherwise it fails instead.
        note: called with a sentence about what is being done.

    Raises:
        FarboardError: why it did not work.
    """
    way: Way = Via(target) if target.via else Ssh(target, options)
    engine = find_engine(options.engine)
    terminal = Terminal()

    async def attempt(*, batch: bool) -> Session:
        one = _Attempt(way, target, options, engine, terminal, note, batch=batch)
        try:
            return await one.run(own_connection=False)
        except _SharedConnectionHangsError:
            return await one.run(own_connection=True)

    if not interactive:
        return await attempt(batch=True)
    if somebody_asks() and not target.via:
        # Another machine may ask just now, or hang: who needs no answer need not wait for its turn.
        with contextlib.suppress(LoginError, HostKeyError, SetupError):
            return await attempt(batch=True)
        note(f"waiting to ask for the login to {target.machine}")
    async with terminal.turn():
        note(f"connecting to {target.machine}")
        return await attempt(batch=False)


class _SharedConnectionHangsError(Exception):
    """A connection another ssh holds open for us does not answer."""


class _Attempt:
    """One attempt to log in, and what is known about it should it fail."""

    def __init__(
        self,
        way: Way,
        target: Target,
        options: LinkOptions,
        engine: Engine,
        terminal: Terminal,
        note: Callable[[str], None],
        *,
        batch: bool,
    ) -> None:
        self._way = way
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
        shell = self._way.shell(dialogue.line, batch=self._batch, own_connection=own_connection)
        try:
            child = await Child.start(
                shell.argv,
                on_stderr_line=self._hear,
                alone=shell.alone,
                environment=shell.environment,
            )
        except OSError as error:
            raise ConnectError(f"{self._way.name} cannot be started ({error})") from error
        try:
            if shell.bare:
                await self._wait_for(_answers(child, dialogue), child, dialogue)
            return await self._talk(child, dialogue, own_connection=own_connection)
        except DialogueEndedError:
            why = await self._explain(child, dialogue)
        except SourceDown as broken:
            why = await self._explain_engine(child, broken)
        except InstallError as failed:
            why = cannot_install(self._target, str(failed))
        except BaseException:
            await child.end(0)
            raise
        await child.end(0)
        raise why

    def _hear(self, line: str) -> bool:
        """Take a line of ssh's stderr; return whether it says anything of use later."""
        if self._options.trace:
            self._options.trace.ssh_said(line)
        if is_chatter(line) or is_debug_line(line):
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
        greeting = await self._wait_for(
            dialogue.greeting(child.stdout), child, dialogue, own_connection=own_connection
        )
        self._logged_in = True
        if self._options.trace:
            self._options.trace.greeted(greeting, dialogue.noise)
        runs_from, words = await self._run_engine(greeting, child, dialogue)
        if self._options.trace:
            self._options.trace.started(runs_from)
        self._note(f"starting the engine on {self._target.machine}")
        session = await shake_hands(child, words)
        session.runs_from = runs_from
        # A banner is no reason for what may happen later.
        child.forget_stderr()
        return session

    async def _run_engine(
        self, greeting: Greeting, child: Child, dialogue: Dialogue
    ) -> tuple[str, bytes]:
        """Have an engine replace the far shell.

        Returns:
            Where it runs from, and what is to be said before it listens.
        """
        place = greeting.engine
        if not place and not self._engine.runs_on(greeting.platform):
            engine = await find_foreign_engine(
                greeting.platform, self._target, self._options.engine, self._note
            )
            place = await dialogue.look_for(engine, child.stdout, child.stdin)
        arguments = engine_arguments(
            self._target.path,
            far=True,
            threads=self._options.threads,
            silence_s=self._options.timing.silence_s,
        )
        if place:
            return place, dialogue.run(arguments)
        sending = _Sending(self._target, self._note)
        place = await dialogue.install(child.stdout, child.stdin, arguments, sending.progress)
        return place, b""

    async def _wait_for(
        self,
        words: Awaitable[_T],
        child: Child,
        dialogue: Dialogue,
        *,
        own_connection: bool = True,
    ) -> _T:
        """Wait for words of the far side as long as it makes sense to."""
        patience = Patience(self._options.timing, can_ask=not self._batch and self._terminal.exists)
        hearing = asyncio.ensure_future(words)
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
                self._say(_waiting_for(self._target))
        elif moment == "shared":
            path = None if own_connection else await self._way.shared_connection()
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
                    f"file there may wait for input; test:  {self._target.way} true)"
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

    async def _explain(self, child: Child, dialogue: Dialogue) -> FarboardError:
        """Say why the far side hung up before the engine ran."""
        exit_code = await _last_words(child)
        if not dialogue.greeted and exit_code is None:
            # Its output ended, but it did not: the shell became something else.
            return shell_hangs(self._target)
        if not dialogue.greeted:
            said = "\n".join(self._said_after_login) if self._logged_in else child.stderr
            seen = Seen(self._target, said, dialogue.noise, exit_code, self._batch, self._logged_in)
            return await self._way.explain(seen)
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


class _Sending:
    """Says how far the engine has been sent, and how long it will take."""

    def __init__(self, target: Target, note: Callable[[str], None]) -> None:
        self._what = f"sending the engine to {target.machine}, once"
        self._note = note
        self._since_s = time.monotonic()

    def progress(self, sent_bytes: int, all_bytes: int) -> None:
        text = f"{self._what}: {sent_bytes / 1e6:.1f} of {all_bytes / 1e6:.1f} MB"
        passed_s = time.monotonic() - self._since_s
        if passed_s > 1.0 and sent_bytes < all_bytes:
            text += f", {passed_s * (all_bytes / sent_bytes - 1):.0f} s left"
        self._note(text)


async def _answers(child: Child, dialogue: Dialogue) -> None:
    """Knock until a bare shell answers."""

    async def knock() -> None:
        while True:
            dialogue.knock(child.stdin)
            await asyncio.sleep(_KNOCK_AGAIN_S)

    knocking = asyncio.ensure_future(knock())
    try:
        await dialogue.answers(child.stdout, child.stdin)
    finally:
        knocking.cancel()
        await asyncio.wait((knocking,))


def _waiting_for(target: Target) -> str:
    if target.via:
        return f"(waiting for:  {target.way})"
    return "(waiting for ssh; it may be asking you to touch your security key)"


async def _last_words(child: Child) -> int | None:
    """Let a process that hung up end, so that its exit code and its last lines are known."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(child.wait(), _LAST_WORDS_S)
    return child.exit_code
