"""A source as the API tells of it: its entry in `/api/status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from farboard.hub.source import Source

# What changes of these is told at once; the rest are numbers.
WORDS = ("state", "message", "hint", "attempt", "moved", "short", "same_as", "clock_correction_s")
# The engine's own, as last heard.
OF_ENGINE = (
    "engine",
    "logdir",
    "load",
    "index",
    "losses",
    "losses_total",
    "losses_by_file",
)


def entry_of(source: Source) -> dict[str, Any]:
    """Return a source's entry as of now."""
    link = source.link.state
    return {
        "source": source.name,
        "short": source.short,
        "same_as": source.same_as,
        "kind": source.target.kind,
        "state": source.state,
        "since_s": link.since_s,
        "message": _message(source),
        "hint": link.hint,
        "cause": link.cause,
        "attempt": link.attempt,
        "next_try_at_s": link.next_try_at_s,
        "rtt_ms": link.rtt_ms,
        "clock_skew_s": source.clock.skew_s,
        "clock_uncertainty_s": source.clock.uncertainty_s,
        "clock_correction_s": source.clock.correction_s,
        "received_bytes": link.received_bytes,
        "last_heard_at_s": link.last_heard_at_s,
        "epoch": source.epoch,
        "version": source.version,
        "moved": source.moved,
        **{name: source.status.get(name) for name in OF_ENGINE},
    }


def _message(source: Source) -> str:
    link = source.link.state
    if source.nonsense and link.state in ("live", "quiet"):
        return source.nonsense
    return "connected again, reading the files" if source.reads_again else link.message


def worth_telling_now(entry: dict[str, Any], told: dict[str, Any]) -> bool:
    """Whether more changed since an entry was told than numbers that change all the time."""
    return any(entry[name] != told.get(name) for name in WORDS)
