"""How many bytes may be under way on a link: enough to fill it, few enough that little queues."""

from __future__ import annotations

from collections import deque

_LEAST_BYTES = 64 * 1024
_MOST_BYTES = 2 * 1024 * 1024
_START_BYTES = 512 * 1024
# What may queue beyond what fills the link, in time. It covers what the programs on the way take
# to hand a piece on, and makes the window grow as long as the link is not full.
_QUEUE_S = 0.075
_SHORTEST_SPAN_S = 0.4
_SPAN_TRIPS = 4
# With fewer bytes a span says nothing about the link: the far end had no more to send.
_LEAST_SPAN_BYTES = 32 * 1024
# A slow moment of either end, or a span that was half a pause, is no slow link.
_REMEMBERED_SPANS = 3


class Window:
    """The connection window: the measured rate times the least round-trip time and a short queue.

    A window that is too small makes the rate window ÷ round trip, so the next is larger by the
    queue's share; one that is too large makes bytes queue without a higher rate, so the next is
    smaller again.
    """

    def __init__(self) -> None:
        self.size_bytes = _START_BYTES
        self._least_rtt_s: float | None = None
        self._rates_bytes_s: deque[float] = deque(maxlen=_REMEMBERED_SPANS)
        self._span_start_s = 0.0
        self._span_bytes = 0

    @property
    def update_bytes(self) -> int:
        """How much is to be given back at once: often enough that the far end never runs dry."""
        return min(32 * 1024, self.size_bytes // 4)

    def round_trip(self, rtt_s: float) -> None:
        """Note the round-trip time of a ping."""
        self._least_rtt_s = min(rtt_s, self._least_rtt_s or rtt_s)

    def received(self, count_bytes: int, now_s: float) -> None:
        """Note bytes that arrived; `now_s` is on the monotonic clock."""
        if self._least_rtt_s is None:
            return
        self._span_bytes += count_bytes
        span_s = now_s - self._span_start_s
        if span_s < max(_SHORTEST_SPAN_S, _SPAN_TRIPS * self._least_rtt_s):
            return
        if self._span_bytes >= _LEAST_SPAN_BYTES:
            self._measured(self._span_bytes / span_s, self._least_rtt_s)
        self._span_start_s, self._span_bytes = now_s, 0

    def _measured(self, rate_bytes_s: float, rtt_s: float) -> None:
        self._rates_bytes_s.append(rate_bytes_s)
        wanted = int(max(self._rates_bytes_s) * (rtt_s + _QUEUE_S))
        wanted = max(_LEAST_BYTES, min(wanted, _MOST_BYTES))
        if wanted > self.size_bytes or len(self._rates_bytes_s) == _REMEMBERED_SPANS:
            self.size_bytes = wanted
