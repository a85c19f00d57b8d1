"""A link that lives as long as the board: it connects, notices losses, and comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import time
from typing import TYPE_CHECKING, Any

from farboard.errors import (
    FarboardError,
    GarbledStream,
    HostKeyError,
    LoginError,
    RefusedError,
    RemoteError,
    SetupError,
    SourceDown,
)
from farboard.link.classify import garbled, why_lost
from farboard.link.far import open_far
from farboard.link.local import open_local
from farboard.link.state import LinkOptions, LinkState, State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from farboard.link.http2 import Connection, Response
    from farboard.link.session import Session
    from farboard.target import Target

_NEEDS_YOU = (LoginError, HostKeyError, SetupError)
# A minute of the wall clock more than of the monotonic one, which stands still in sleep, is sleep.
_TICK_S = 1.0
_SLEPT_S = 5.0
_CLICK_PAUSE_S = 10.0


class _Wish:
    """Somebody wants an attempt now; `answer` is told how it went."""

    def __init__(self, *, interactive: bool = False) -> None:
        self.interactive = interactive
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def grant(self, error: FarboardError | None) -> None:
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)
            self.answer.exception()  # Nobody need be waiting for it.


class Link:
    """The engine of one target, wherever it is, for as long as you want it.

    Args:
        target: what to serve.
        options: how to reach it.
        on_state: called with the new state whenever it changes, and after each ping.
    """

    def __init__(
        self,
        target: Target,
        options: LinkOptions | None = None,
        on_state: Callable[[LinkState], None] | None = None,
    ) -> None:
        self.target = target
        self.options = options or LinkOptions()
        self._timing = self.options.timing
        self._on_state = on_state
        self._state = LinkState("connecting", time.time())
        self._session: Session | None = None
        self._sessions: set[Session] = set()
        self._earlier_bytes = 0
        self._connected_at_s = 0.0
        self._failures = 0
        self._wish: _Wish | None = None
        self._wished = asyncio.Event()
        self._granting: _Wish | None = None
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[Session] | None = None

    @property
    def state(self) -> LinkState:
        """The state and its numbers as of now."""
        heard_at_s = self._state.last_heard_at_s
        received_bytes = self._earlier_bytes
        if self._session:
            connection = self._session.connection
            received_bytes += connection.received_bytes
            if connection.heard_at_s is not None:
                heard_at_s = time.time() - (time.monotonic() - connection.heard_at_s)
        return dataclasses.replace(
            self._state, received_bytes=received_bytes, last_heard_at_s=heard_at_s
        )

    async def start(self) -> None:
        """Connect for the first time, in the foreground: ssh may ask in the terminal.

        Raises:
            FarboardError: why it did not work. The link is then `failed`, until `retry_now` or
                `login_again`.
        """
        self._change("connecting", f"connecting to {self.target.machine}")
        try:
            session = await self._open(interactive=True)
        except FarboardError as error:
            self._change("failed", error.message, error.hint)
            self._spawn(self._run(None, error))
            raise
        except asyncio.CancelledError:
            if self._closing:
                raise SourceDown("the link was closed") from None
            raise
        self._adopt(session)
        self._spawn(self._run(session, None))

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask the engine.

        Raises:
            SourceDown: the engine cannot be asked just now, or broke off.
        """
        if self._session is None or self._state.state not in ("live", "quiet"):
            raise SourceDown(self._state.message or "not connected", self._state.hint)
        return await self._session.request(method, path, body, headers)

    def retry_now(self) -> None:
        """Try to reconnect at once; when live, make sure that it is so."""
        if not self._opening:
            self._ask(_Wish())

    async def login_again(self) -> None:
        """Try once to connect in the foreground: ssh may ask in the terminal.

        Raises:
            FarboardError: why it did not work.
        """
        if self._state.state in ("live", "quiet"):
            return
        wish = _Wish(interactive=True)
        self._ask(wish)
        await wish.answer

    async def close(self) -> bool:
        """End the engine and leave nothing, here or there.

        Returns:
            Whether the engine said goodbye; otherwise a far one ends by itself within a minute.
        """
        self._closing = True
        tasks: list[asyncio.Task[object]] = [*self._tasks]
        if self._opening:
            tasks.append(self._opening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Over a dead connection no goodbye will come.
        grace_s = self._timing.goodbye_s if self._state.state == "live" else 0.0
        ends = [session.end(grace_s) for session in self._sessions]
        self._session = None
        self._sessions.clear()
        goodbyes = await asyncio.gather(*ends)
        return all(goodbyes)

    # The life of a link: watch a session until it is lost, then get another.

    async def _run(self, session: Session | None, error: FarboardError | None) -> None:
        self._spawn(self._notice_sleep())
        while True:
            if session is None:
                session = await self._attempts(error or SourceDown("not connected"))
                self._adopt(session)
            error = await self._watch(session)
            session = await self._replace(session, error)

    async def _watch(self, session: Session) -> FarboardError:
        """Ask the engine again and again whether it is there; return why it is lost."""
        connection = session.connection
        lost_s = self._timing.lost_s
        while True:
            try:
                rtt_s = await self._answer(connection, lost_s)
            except SourceDown as error:
                return await self._why_lost(session, error)
            if rtt_s is None:
                return SourceDown(f"no answer from {self.target.machine}")
            self._set_live(rtt_s)
            wish = await self._next_wish(self._timing.ping_s, connection.lost)
            # After a sleep, or when asked to, it is believed sooner that the connection is dead.
            # The old one stays in the race with the new one.
            lost_s = self._timing.wake_s if wish else self._timing.lost_s
            if wish:
                wish.grant(None)

    async def _answer(self, connection: Connection, lost_s: float) -> float | None:
        """Ask once; return the round-trip time in seconds, or None when it is silent for `lost_s`.

        Whatever arrives meanwhile counts as a sign of life: the answer may queue behind it.
        """
        quiet_s = self._timing.quiet_s
        asked_at_s = time.monotonic()
        ping = asyncio.ensure_future(connection.ping())
        try:
            while not ping.done():
                silent_s = time.monotonic() - max(asked_at_s, connection.heard_at_s or 0.0)
                if silent_s >= lost_s:
                    return None
                if silent_s >= quiet_s and self._state.state == "live":
                    self._change("quiet", f"no answer for {quiet_s:g} s")
                ends_s = [end_s for end_s in (quiet_s, lost_s) if end_s > silent_s]
                wait_s = min(ends_s) - silent_s
                wish = await self._next_wish(wait_s, ping)
                if wish:
                    asked_at_s, lost_s = time.monotonic(), self._timing.wake_s
                    wish.grant(None)
            return ping.result()
        finally:
            ping.cancel()

    async def _replace(self, old: Session, error: FarboardError) -> Session:
        """Get another session, unless the old one answers after all."""
        if time.monotonic() - self._connected_at_s >= self._timing.settled_s:
            self._failures = 0
        self._change("lost", error.message, error.hint)
        back = asyncio.ensure_future(old.connection.ping())
        attempts = asyncio.ensure_future(self._attempts(error))
        try:
            await asyncio.wait((back, attempts), return_when=asyncio.FIRST_COMPLETED)
            if back.done() and back.exception() is None and not attempts.done():
                self._set_live(back.result())
                return old
            self._spawn(self._discard(old))
            await asyncio.wait((attempts,))
            session = attempts.result()
        finally:
            back.cancel()
            attempts.cancel()
            await asyncio.wait((back, attempts))
        self._adopt(session)
        return session

    async def _attempts(self, error: FarboardError) -> Session:
        """Try for ever, at the right moments; states `lost`, `retrying`, `needs_you`, `failed`."""
        while True:
            wish = self._granting = await self._permission(error)
            self._failures += 1
            self._change("retrying", error.message, error.hint)
            try:
                session = await self._open(interactive=wish.interactive)
            except FarboardError as new_error:
                error = new_error
                wish.grant(error)
            else:
                return session

    async def _permission(self, error: FarboardError) -> _Wish:
        """Wait until the next attempt may be made: for its time, or for somebody to ask."""
        never_came_up = not self._connected_at_s
        if never_came_up or isinstance(error, _NEEDS_YOU):
            state: State = "failed" if never_came_up else "needs_you"
            self._change(state, error.message, error.hint)
            return await self._next_wish(None) or _Wish()
        wait_s = self._wait_s(error)
        if isinstance(error, RefusedError):
            # A server that refuses us early counts attempts; clicks must not add to them.
            pause_s = min(wait_s, _CLICK_PAUSE_S)
            self._change("lost", error.message, error.hint, wait_s=wait_s)
            await asyncio.sleep(pause_s)
            wait_s -= pause_s
            self._forget_clicks()
        elif wait_s > 0:
            self._change("lost", error.message, error.hint, wait_s=wait_s)
        return await self._next_wish(wait_s) or _Wish()

    def _wait_s(self, error: FarboardError) -> float:
        backoff_s = self._timing.backoff_s
        wait_s = backoff_s[min(self._failures, len(backoff_s) - 1)]
        if isinstance(error, (RefusedError, RemoteError)):
            return max(wait_s, self._timing.slow_retry_s)
        return wait_s

    async def _open(self, *, interactive: bool) -> Session:
        opening = self._opening = asyncio.ensure_future(self._connect(interactive=interactive))
        try:
            return await opening
        except asyncio.CancelledError:
            if opening.done() and not opening.cancelled() and not opening.exception():
                # It was made in the same moment in which nobody wanted it any more.
                self._spawn(self._discard(opening.result()))
            raise
        finally:
            self._opening = None

    async def _connect(self, *, interactive: bool) -> Session:
        if not self.target.is_far:
            session = await open_local(self.target, self.options)
        else:
            session = await open_far(
                self.target, self.options, interactive=interactive, note=self._note
            )
        self._sessions.add(session)
        return session

    def _note(self, message: str) -> None:
        if message != self._state.message:
            self._change(self._state.state, message)

    def _adopt(self, session: Session) -> None:
        if self._session:
            self._earlier_bytes += self._session.connection.received_bytes
        self._session = session
        self._connected_at_s = time.monotonic()
        self._set_live(session.first_rtt_s)
        if self._granting:
            self._granting.grant(None)
        if self.options.on_connect:
            self._spawn(self._tell_connected())

    async def _tell_connected(self) -> None:
        if self.options.on_connect:
            result = self.options.on_connect()
            if inspect.isawaitable(result):
                await result

    async def _discard(self, session: Session) -> None:
        try:
            await session.end(0)
        finally:
            self._sessions.discard(session)

    async def _why_lost(self, session: Session, error: SourceDown) -> FarboardError:
        """Put the end of a connection into words, with what the process says about it."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(session.child.wait(), 1.0)
        if isinstance(error, GarbledStream):
            return garbled(self.target, error)
        return why_lost(self.target, session.child.stderr, session.child.exit_code)

    async def _notice_sleep(self) -> None:
        while True:
            wall_s, running_s = time.time(), time.monotonic()
            await asyncio.sleep(_TICK_S)
            if (time.time() - wall_s) - (time.monotonic() - running_s) > _SLEPT_S:
                waits_for_you = self._state.state in ("needs_you", "failed")
                if not waits_for_you:
                    self.retry_now()

    # Wishes and states.

    def _ask(self, wish: _Wish) -> None:
        if self._wish:
            self._wish.grant(SourceDown("another attempt was asked for"))
        self._wish = wish
        self._wished.set()

    def _forget_clicks(self) -> None:
        if self._wish and not self._wish.interactive:
            self._wish.grant(SourceDown("no attempt may be made just now"))
            self._wish = None
            self._wished.clear()

    async def _next_wish(
        self, wait_s: float | None, *otherwise: asyncio.Future[Any]
    ) -> _Wish | None:
        """Wait for a wish, some seconds, or something else that happens; None without a wish."""
        wished: asyncio.Future[Any] = asyncio.ensure_future(self._wished.wait())
        try:
            await asyncio.wait(
                [wished, *otherwise], timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            wished.cancel()
        wish, self._wish = self._wish, None
        self._wished.clear()
        return wish

    def _set_live(self, rtt_s: float) -> None:
        self._state = dataclasses.replace(self._state, rtt_ms=rtt_s * 1000)
        if self._state.state == "live":
            self._publish()
        else:
            self._change("live")

    def _change(
        self,
        state: State,
        message: str = "",
        hint: str = "",
        *,
        wait_s: float | None = None,
    ) -> None:
        now_s = time.time()
        old = self.state
        away = ("lost", "retrying", "needs_you")
        same = state == old.state or (state in away and old.state in away)
        self._state = dataclasses.replace(
            old,
            state=state,
            since_s=old.since_s if same else now_s,
            message=message,
            hint=hint,
            attempt=0 if state == "live" else self._failures,
            next_try_at_s=None if wait_s is None else now_s + wait_s,
        )
        self._publish()

    def _publish(self) -> None:
        if self._on_state:
            self._on_state(self.state)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
