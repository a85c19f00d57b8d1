"""One target as the board sees it: its link, and what was last heard over it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

from farboard.errors import FarboardError, SourceDown
from farboard.hub.answer import read_whole
from farboard.hub.clock_skew import ClockSkew
from farboard.hub.entry import entry_of, worth_telling_now
from farboard.hub.moved import moved
from farboard.hub.untrusted import (
    BadAnswerError,
    checked_change,
    checked_status,
    number_in,
    object_in,
    read_objects,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from farboard.hub.answer import Answer
    from farboard.hub.change import Change
    from farboard.link import Link, LinkState, Response
    from farboard.target import Target

    MakeLink = Callable[[Target, Callable[[LinkState], None]], Link]

_T = TypeVar("_T")

# While only numbers move, listeners hear of a source this often at most.
NUMBERS_EVERY_S = 1.0
STATUS_EVERY_S = 1.0
# While its file system does not answer, for how long is known by asking.
SILENT_EVERY_S = 5.0
LISTEN_AGAIN_AFTER_S = 0.5
# A first sample of a far clock may have waited behind other answers; later it only drifts.
CLOCK_SOON_S = (1.0, 1.0, 2.0, 4.0)
CLOCK_EVERY_S = 300.0
# The first bytes of an answer may take long (the file of a blob is read before), but not for ever.
HEAD_WITHIN_S = 120.0
STATUS_WITHIN_S = 30.0
STATUS_MAX_BYTES = 16 << 20
UP = ("live", "quiet")


class Source:
    """Keeps one link's subscription to changes and the engine's last words.

    After a lost link came back the engine is a new one and has to read its files again. Until it
    has, the source counts as `retrying`: the page keeps what it drew, and no half-read curve
    replaces it.
    """

    def __init__(
        self,
        target: Target,
        make_link: MakeLink,
        announce: Callable[[dict[str, Any]], None],
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self.target = target
        self.name = target.label
        self.short = target.label
        self.same_as: str | None = None
        """The source in whose place this one would be: it shows the same directory."""
        self.clock = ClockSkew()
        self.epoch: str | None = None
        self.version: int | None = None
        self.status: dict[str, Any] = {}
        self._announce = announce
        self._on_news = on_news
        self._announced: dict[str, Any] = {}
        self._caught_up = False
        self._closed = False
        self.moved: dict[str, Any] | None = None
        self._heard = asyncio.Event()
        self.nonsense = ""
        self._link_moved = asyncio.Event()
        self._status_stale = asyncio.Event()
        self._numbers_timer: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.link = make_link(target, self._on_link_state)

    async def start(self) -> None:
        """Connect, in the foreground: ssh may ask its questions in the terminal.

        Raises:
            FarboardError: it cannot be had; the state is then `failed`, says why, and `retry_now`
                may still change it.
        """
        self._tasks = [
            asyncio.create_task(self._follow_changes()),
            asyncio.create_task(self._follow_status()),
            asyncio.create_task(self._follow_clock()),
        ]
        await self.link.start()

    async def close(self) -> bool:
        """End the link; return whether the far side confirmed that nothing is left there."""
        self._closed = True
        self._heard.set()
        for task in self._tasks:
            task.cancel()
        if self._numbers_timer is not None:
            self._numbers_timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return await self.link.close()

    @property
    def closed(self) -> bool:
        """Whether it was ended."""
        return self._closed

    @property
    def ready(self) -> bool:
        """Whether the engine may be asked: the link is up, and it knows all it did before."""
        return self.link.state.state in UP and self._caught_up

    @property
    def state(self) -> str:
        """The state shown to people, one of docs/http-api.md."""
        link = self.link.state
        if link.state not in UP or self._caught_up:
            return link.state
        return "connecting" if self.epoch is None else "retrying"

    def far_now_s(self) -> float:
        """Return the time of the engine's clock."""
        return time.time() + self.clock.correction_s

    @property
    def reads_again(self) -> bool:
        """Whether the link is back, but its engine has not read yet what the last one had."""
        return self.state == "retrying" and self.link.state.state in UP

    def entry(self) -> dict[str, Any]:
        """Return the source's entry in `/api/status`."""
        return entry_of(self)

    async def open(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        accept: str = "application/json",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Asks the engine; the body is read from the answer's `chunks()`.

        Raises:
            SourceDown: it cannot be asked just now.
        """
        if not self.ready:
            link = self.link.state
            raise SourceDown(link.message or f"{self.name} is not connected", link.hint)
        return await self._request(method, path, body, accept, headers)

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        accept: str = "application/json",
        *,
        as_sent: bool = False,
    ) -> Answer:
        """Asks the engine and waits for the whole answer; `as_sent` leaves it compressed.

        Raises:
            SourceDown: it cannot be asked just now, or the link broke.
        """
        response = await self.open(method, path, body, accept)
        return await read_whole(response, as_sent=as_sent)

    async def ask_object(self, path: str) -> dict[str, Any]:
        """Ask for the JSON object at a path.

        Raises:
            SourceDown: it cannot be asked just now, or the link broke.
            BadAnswerError: the engine answered with something else.
        """
        return (await self.ask("GET", path)).object()

    async def wait_until_known(self) -> None:
        """Wait for the engine's first words after `start`, and for its first look at the logdir.

        A file system that does not answer is not waited for.

        Raises:
            SourceDown: the link was lost before.
        """
        while not (self.ready and self._has_looked):
            await self._wait_for_news()

    @property
    def _has_looked(self) -> bool:
        logdir = object_in(self.status, "logdir")
        return logdir.get("state") != "" or logdir.get("silent_s") is not None

    async def wait_until_read(self) -> None:
        """Wait until the engine has read everything that was there at its start.

        Raises:
            SourceDown: the link was lost before.
        """
        while not self.ready or object_in(self.status, "load").get("state") != "live":
            await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        link = self.link.state
        if self._closed:
            raise SourceDown(f"{self.name} was removed")
        if link.state not in UP:
            raise SourceDown(link.message or f"{self.name} is not connected", link.hint)
        if self.nonsense:
            raise SourceDown(self.nonsense)
        self._heard.clear()
        await self._heard.wait()

    async def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        all_headers = {"accept": accept, **(headers or {})}
        if self.target.kind == "local":
            # Between two programs of one machine compression costs time and gains nothing.
            all_headers["accept-encoding"] = "identity"
        if body is not None:
            all_headers["content-type"] = "application/json"
        try:
            asking = self.link.request(method, path, body, all_headers)
            return await _within(HEAD_WITHIN_S, asking)
        except asyncio.TimeoutError:
            raise SourceDown(f"{self.name} does not answer {path[:60]}") from None

    # What is heard

    async def _follow_changes(self) -> None:
        while True:
            while self.link.state.state not in UP:
                self._link_moved.clear()
                await self._link_moved.wait()
            try:
                response = await self._request("GET", "/api/changes")
                async for line in read_objects(response.chunks()):
                    change = checked_change(line)
                    self.nonsense = ""
                    await self._hear(change)
            except BadAnswerError as error:
                self.nonsense = f"{self.name} does not answer as an engine does ({error})"
            except FarboardError:
                pass  # the link knows, and says so
            self._caught_up = False
            self._tell()
            await asyncio.sleep(LISTEN_AGAIN_AFTER_S)

    async def _hear(self, change: Change) -> None:
        if not self._caught_up:
            await self._meet_engine(change)
        else:
            self._keep(change)
            self.version = _version_of(change)
            self._announce({"type": "change", "source": self.name, **change})
        self._tell()

    async def _meet_engine(self, change: Change) -> None:
        """Take the first lines after a connect; an engine in place of another has to catch up."""
        replaces = self.epoch not in (None, change.get("epoch"))
        if change.get("epoch") != object_in(self.status, "engine").get("epoch"):
            before = self.status
            await self._refresh_status()
            self.moved = moved(before, self.status) or self.moved
        self._keep(change)
        if replaces and object_in(change, "load").get("state") != "live":
            return
        self._caught_up = True
        self.epoch = str(change.get("epoch"))
        self.version = _version_of(change)
        self._tell()
        self._announce({"type": "change", "source": self.name, **change, "reindex": True})

    def _keep(self, change: Change) -> None:
        known, heard = object_in(self.status, "load"), object_in(change, "load")
        losses_grew = change.get("losses_total") != self.status.get("losses_total")
        logdir = object_in(self.status, "logdir")
        logdir_wrong = logdir.get("state") != "ok"
        silence_moved = (change.get("silent_s") is None) != (logdir.get("silent_s") is None)
        if losses_grew or logdir_wrong or silence_moved or known.get("state") != heard.get("state"):
            self._status_stale.set()
        self.status = {
            **self.status,
            "load": change.get("load"),
            "losses_total": change.get("losses_total"),
        }

    async def _follow_status(self) -> None:
        while True:
            await self._status_stale.wait()
            self._status_stale.clear()
            with contextlib.suppress(FarboardError, BadAnswerError):
                await self._refresh_status()
                self._tell()
            await asyncio.sleep(STATUS_EVERY_S)
            if object_in(self.status, "logdir").get("silent_s") is not None:
                asyncio.get_running_loop().call_later(SILENT_EVERY_S, self._status_stale.set)

    async def _follow_clock(self) -> None:
        while True:
            for pause_s in CLOCK_SOON_S:
                await asyncio.sleep(pause_s)
                self._status_stale.set()
            epoch = self.epoch
            while epoch == self.epoch:
                await asyncio.sleep(CLOCK_EVERY_S)
                self._status_stale.set()

    async def _refresh_status(self) -> None:
        try:
            response, answer = await _within(STATUS_WITHIN_S, self._ask_status())
        except asyncio.TimeoutError:
            raise BadAnswerError("it does not say how it is") from None
        status = checked_status(answer.object())
        engine = object_in(status, "engine")
        if engine.get("epoch") != object_in(self.status, "engine").get("epoch"):
            self.clock.forget()
        self.status = status
        now_s = number_in(engine, "now_s")
        if now_s is not None:
            self.clock.add(response.asked_at_s, response.answered_at_s, now_s)

    async def _ask_status(self) -> tuple[Response, Answer]:
        response = await self._request("GET", "/api/status")
        return response, await read_whole(response, at_most_bytes=STATUS_MAX_BYTES)

    # What is told

    def rename(self, short: str) -> None:
        """Take another short name, and say so where the old one was told."""
        self.short = short
        if self._announced:
            self.tell()

    def _on_link_state(self, _state: LinkState) -> None:
        self._link_moved.set()
        self._tell()

    def _tell(self) -> None:
        self._heard.set()
        # What is news of this one may decide about others.
        self._on_news()
        self.tell()

    def tell(self) -> None:
        """Announces the entry: at once when words changed, a little later when only numbers did."""
        if self._closed:
            return
        entry = self.entry()
        if worth_telling_now(entry, self._announced):
            self._tell_now()
        elif entry != self._announced and self._numbers_timer is None:
            loop = asyncio.get_running_loop()
            self._numbers_timer = loop.call_later(NUMBERS_EVERY_S, self._tell_now)

    def _tell_now(self) -> None:
        if self._numbers_timer is not None:
            self._numbers_timer.cancel()
            self._numbers_timer = None
        self._announced = self.entry()
        self._announce({"type": "source", "source": self._announced})


async def _within(seconds: float, work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for work, but not for longer.

    `asyncio.wait_for` would swallow a cancellation that comes in the moment in which it is done.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()


def _version_of(change: Change) -> int | None:
    version = change.get("version")
    return version if isinstance(version, int) else None
