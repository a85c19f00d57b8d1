"""How many bytes may be under way on a link: enough to fill it, few enough that nothing queues."""

from __future__ import annotations

_LEAST_BYTES = 256 * 1024
_MOST_BYTES = 2 * 1024 * 1024
_START_BYTES = 512 * 1024
_FACTOR = 1.5
_SHORTEST_SPAN_S = 0.2


class Window:
    """The connection window: 1.5 times the measured rate times the smallest round-trip time.

    A window that is too small makes the rate window ÷ round trip, so the next is 1.5 times larger;
    one that is too large makes bytes queue without a higher rate, so the next is smaller again.
    """

    def __init__(self) -> None:
        self.size_bytes = _START_BYTES
        self._least_rtt_s: float | None = None
        self._span_start_s = 0.0
        self._span_bytes = 0
        self._last_s = 0.0

    def round_trip(self, rtt_s: float) -> None:
        """Note the round-trip time of a ping."""
        self._least_rtt_s = min(rtt_s, self._least_rtt_s or rtt_s)

    def received(self, count_bytes: int, now_s: float) -> None:
        """Note bytes that arrived; `now_s` is on the monotonic clock."""
        if self._least_rtt_s is None:
            return
        if now_s - self._last_s > self._least_rtt_s + _SHORTEST_SPAN_S:
            # A pause: the far end had nothing to send, which says nothing about the link.
            self._begin_span(now_s)
        self._last_s = now_s
        self._span_bytes += count_bytes
        span_s = now_s - self._span_start_s
        if span_s < max(_SHORTEST_SPAN_S, 2 * self._least_rtt_s) or self._span_bytes < _LEAST_BYTES:
            return
        wanted = int(_FACTOR * self._span_bytes / span_s * self._least_rtt_s)
        self.size_bytes = max(_LEAST_BYTES, min(wanted, _MOST_BYTES))
        self._begin_span(now_s)

    def _begin_span(self, now_s: float) -> None:
        self._span_start_s = now_s
        self._span_bytes = 0
