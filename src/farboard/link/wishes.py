"""Wishes for an attempt to connect now: of the user, or because the laptop woke up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from farboard.errors import SourceDown

if TYPE_CHECKING:
    from farboard.errors import FarboardError


class Wish:
    """Somebody wants an attempt now; `answer` is told how it went."""

    def __init__(self, *, interactive: bool = False) -> None:
        self.interactive = interactive
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def grant(self, error: FarboardError | None) -> None:
        """Say how it went."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)
            self.answer.exception()  # Nobody need be waiting for it.


class Wishes:
    """The newest wish that was not granted yet: ten clicks are one attempt."""

    def __init__(self) -> None:
        self._wish: Wish | None = None
        self._made = asyncio.Event()

    def make(self, wish: Wish) -> None:
        """Wish; an older wish is not granted any more."""
        if self._wish:
            self._wish.grant(SourceDown("another attempt was asked for"))
        self._wish = wish
        self._made.set()

    def forget_clicks(self) -> None:
        """Forget a wish that nobody waits for."""
        if self._wish and not self._wish.interactive:
            self._wish.grant(SourceDown("no attempt may be made just now"))
            self._wish = None
            self._made.clear()

    async def next(self, wait_s: float | None, *otherwise: asyncio.Future[Any]) -> Wish | None:
        """Wait for a wish, some seconds, or something else that happens; None without a wish."""
        made: asyncio.Future[Any] = asyncio.ensure_future(self._made.wait())
        try:
            await asyncio.wait(
                [made, *otherwise], timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            made.cancel()
        wish, self._wish = self._wish, None
        self._made.clear()
        return wish
