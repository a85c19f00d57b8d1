"""A whole answer of one engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from farboard.hub.untrusted import BadAnswerError, parse_object

if TYPE_CHECKING:
    from farboard.link import Response

GZIP = "gzip"


@dataclass(frozen=True)
class Answer:
    """What one engine answered."""

    status: int
    content_type: str
    body: bytes
    encoding: str = "identity"

    def object(self) -> dict[str, Any]:
        """Return the JSON object it is.

        Raises:
            BadAnswerError: it is something else.
        """
        if self.status != 200:
            raise BadAnswerError(f"the engine answered {self.status}")
        return parse_object(self.body)


async def read_whole(response: Response, *, as_sent: bool = False) -> Answer:
    """Wait for the end of an answer; `as_sent` leaves it compressed."""
    content_type = response.headers.get("content-type", "")
    if as_sent and response.status == 200 and response.encoding == GZIP:
        return Answer(200, content_type, await response.read(decoded=False), GZIP)
    return Answer(response.status, content_type, await response.read())
