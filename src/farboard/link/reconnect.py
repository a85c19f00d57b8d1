"""A link that lives as long as the board: it connects, notices losses, and comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import time
from typing import TYPE_CHECKING

from farboard.errors import (
    ClosedByRemote,
    EngineEnded,
    FarboardError,
    GarbledStream,
    HostKeyError,
    LoginError,
    RefusedError,
    SetupError,
    SourceDown,
)
from farboard.link.backoff import Backoff
from farboard.link.classify import garbled, keeps_ending, why_lost
from farboard.link.far import open_far
from farboard.link.local import open_local
from farboard.link.state import LinkOptions, LinkState, State
from farboard.link.surroundings import watch_surroundings
from farboard.link.watch import Watch
from farboard.link.wishes import Wish, Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from farboard.link.http2 import Response
    from farboard.link.session import Session
    from farboard.target import Target

_NEEDS_YOU = (LoginError, HostKeyError, SetupError)


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
        self._attempt = 0
        self._backoff = Backoff(self._timing)
        self._wishes = Wishes()
        self._granting: Wish | None = None
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[Session] | None = None
        self._opening_since_s = 0.0

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
            self._change_for("failed", error)
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

    async def ping(self) -> float:
        """Return how long the engine takes to answer a ping, in seconds.

        Raises:
            SourceDown: it cannot be asked just now, or broke off.
        """
        if self._session is None:
            raise SourceDown(self._state.message or "not connected", self._state.hint)
        return await self._session.connection.ping()

    def retry_now(self) -> None:
        """Try to reconnect at once; when live, make sure that it is so.

        An attempt that has hung for a while begins anew: it may wait for a network that is gone.
        """
        if not self._opening:
            self._wishes.make(Wish())
        elif time.monotonic() - self._opening_since_s > self._timing.stale_s:
            self._begin_attempt_anew()

    async def login_again(self) -> None:
        """Try once to connect in the foreground: ssh may ask in the terminal.

        Raises:
            FarboardError: why it did not work.
        """
        if self._state.state in ("live", "quiet"):
            return
        wish = Wish(interactive=True)
        self._wishes.make(wish)
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
        self._spawn(watch_surroundings(self._timing, self._surroundings_changed))
        while True:
            if session is None:
                session = await self._attempts(error or SourceDown("not connected"))
                self._adopt(session)
            error = await self._watch(session)
            session = await self._replace(session, error)

    async def _watch(self, session: Session) -> FarboardError:
        """Watch a session until it is lost; return why."""
        watch = Watch(
            session.connection,
            self._timing,
            self._wishes,
            on_answer=self._set_live,
            on_quiet=self._set_quiet,
        )
        try:
            await watch.until_silent()
        except SourceDown as error:
            return await self._why_lost(session, error)
        return SourceDown(f"no answer from {self.target.machine}")

    async def _replace(self, old: Session, error: FarboardError) -> Session:
        """Get another session, unless the old one answers after all."""
        self._backoff.lost(error, time.monotonic() - self._connected_at_s)
        if isinstance(error, EngineEnded) and self._backoff.keeps_ending:
            error = keeps_ending(self.target)
        self._change_for("lost", error)
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
        loss = error
        while True:
            wish = self._granting = await self._permission(error)
            self._backoff.attempted()
            self._attempt += 1
            self._change_for("retrying", error)
            try:
                return await self._open(interactive=wish.interactive)
            except FarboardError as new_error:
                wish.grant(new_error)
                # That it hung up says more than that it cannot be reached since.
                hung_up = isinstance(loss, ClosedByRemote) and new_error.cause == "network"
                error = loss if hung_up else new_error

    async def _permission(self, error: FarboardError) -> Wish:
        """Wait until the next attempt may be made: for its time, or for somebody to ask."""
        never_came_up = not self._connected_at_s
        if never_came_up or isinstance(error, _NEEDS_YOU):
            self._change_for("failed" if never_came_up else "needs_you", error)
            return await self._wishes.next(None) or Wish()
        wait_s = self._backoff.wait_s(error)
        if wait_s > 0:
            self._change_for("lost", error, wait_s=wait_s)
        if isinstance(error, RefusedError):
            # A server that refuses us early counts attempts; clicks must not add to them.
            pause_s = min(wait_s, self._timing.click_pause_s)
            await asyncio.sleep(pause_s)
            wait_s -= pause_s
            self._wishes.forget_clicks()
        wish = await self._wishes.next(wait_s)
        if wish:
            self._backoff.begin_anew()
        return wish or Wish()

    async def _open(self, *, interactive: bool) -> Session:
        """Connect; begin again when the surroundings changed, for an old attempt may hang long."""
        while True:
            opening = asyncio.ensure_future(self._connect(interactive=interactive))
            self._opening = opening
            self._opening_since_s = time.monotonic()
            try:
                await asyncio.wait((opening,))
            except asyncio.CancelledError:
                opening.cancel()
                await asyncio.wait((opening,))
                if not opening.cancelled() and not opening.exception():
                    # It was made in the same moment in which nobody wanted it any more.
                    self._spawn(self._discard(opening.result()))
                raise
            finally:
                self._opening = None
            if not opening.cancelled():
                return opening.result()
            if self._closing:
                raise asyncio.CancelledError

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
            self._change(self._state.state, message, cause=self._state.cause)

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
        await session.end(0)
        # Not before: `close` ends what is left when it interrupts this.
        self._sessions.discard(session)

    async def _why_lost(self, session: Session, error: SourceDown) -> FarboardError:
        """Put the end of a connection into words, with what the process says about it."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(session.child.wait(), 1.0)
        if isinstance(error, GarbledStream):
            return garbled(self.target, error)
        return why_lost(self.target, session.child.stderr, session.child.exit_code)

    def _surroundings_changed(self) -> None:
        if self._state.state in ("needs_you", "failed"):
            return
        self._backoff.begin_anew()
        if not self._opening:
            self.retry_now()
        else:
            self._begin_attempt_anew()

    def _begin_attempt_anew(self) -> None:
        """Let go of an attempt; one in which ssh may be asking somebody goes on."""
        if self._opening and self._granting and not self._granting.interactive:
            self._opening.cancel()

    def _set_live(self, rtt_s: float) -> None:
        self._state = dataclasses.replace(self._state, rtt_ms=rtt_s * 1000)
        if self._state.state == "live":
            self._publish()
            return
        self._attempt = 0
        self._change("live")

    def _set_quiet(self) -> None:
        if self._state.state == "live":
            self._change("quiet", f"no answer for {self._timing.quiet_s:g} s")

    def _change_for(
        self, state: State, error: FarboardError, *, wait_s: float | None = None
    ) -> None:
        self._change(state, error.message, error.hint, error.cause, wait_s=wait_s)

    def _change(
        self,
        state: State,
        message: str = "",
        hint: str = "",
        cause: str = "",
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
            cause=cause,
            attempt=self._attempt,
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
