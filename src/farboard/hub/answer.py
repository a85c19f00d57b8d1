"""A whole answer of one engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from farboard.hub.untrusted import BadAnswerError, parse_object

if TYPE_CHECKING:
    from farboard.link import Response

GZIP = "gzip"
ANSWER_MAX_BYTES = 512 << 20
REFUSAL_MAX_BYTES = 64 << 10


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


async def read_whole(
    response: Response, *, as_sent: bool = False, at_most_bytes: int | None = None
) -> Answer:
    """Wait for the end of an answer, of a bounded size; `as_sent` leaves it compressed."""
    content_type = response.headers.get("content-type", "")
    most = at_most_bytes or ANSWER_MAX_BYTES
    if response.status != 200:
        most = REFUSAL_MAX_BYTES
    elif as_sent and response.encoding == GZIP:
        body = await response.read(decoded=False, at_most_bytes=most)
        return Answer(200, content_type, body, GZIP)
    return Answer(response.status, content_type, await response.read(at_most_bytes=most))
