"""`Event`, the message of every record: a wall time, a step, and one of the things that happen."""

from __future__ import annotations

from farboard.writer import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE_VERSION = b"brain.Event:2"
_SESSION_START = 1
_FIRST_STEP, _STEPS_END = -(2**63), 2**63


def file_version_event(wall_time_s: float, source: str) -> bytes:
    """Encode the first event of every file; `source` says what wrote it."""
    source_metadata = wire.message(1, source.encode())
    head = event_head(wall_time_s, 0)
    return head + wire.message(3, _FILE_VERSION) + wire.message(10, source_metadata)


def restart_events(wall_time_s: float, purge_step: int) -> list[bytes]:
    """Tell readers that a job was restarted: points from `purge_step` on are of the past."""
    head = event_head(wall_time_s, purge_step)
    start = wire.integer(1, _SESSION_START)
    return [head + wire.message(3, _FILE_VERSION), head + wire.message(7, start)]


def summary_event(values: Iterable[bytes], step: int, wall_time_s: float) -> bytes:
    """Encode an event with encoded `Summary.Value`s."""
    summary = b"".join(wire.message(1, value) for value in values)
    return event_head(wall_time_s, step) + wire.message(5, summary)


def graph_event(graph_def: bytes, wall_time_s: float) -> bytes:
    """Encode the run's graph."""
    return event_head(wall_time_s, 0) + wire.message(4, graph_def)


def run_metadata_event(tag: str, run_metadata: bytes, wall_time_s: float) -> bytes:
    """Encode what one step of a graph did."""
    tagged = wire.text(1, tag) + wire.message(2, run_metadata)
    return event_head(wall_time_s, 0) + wire.message(8, tagged)


def event_head(wall_time_s: float, step: int) -> bytes:
    """Encode what every event begins with.

    Raises:
        ValueError: the step does not fit in 64 bits.
    """
    wall_time = wire.DOUBLE.pack(wall_time_s)
    head = b"" if wall_time == wire.ZERO_DOUBLE else b"\x09" + wall_time
    if step == 0:
        return head
    return head + b"\x10" + wire.varint(checked_step(step) & (2**64 - 1))


def checked_step(step: int) -> int:
    """Return the step when a file can hold it.

    Raises:
        ValueError: it does not fit in 64 bits.
    """
    if not _FIRST_STEP <= step < _STEPS_END:
        raise ValueError(f"step {step} does not fit in 64 bits")
    return step
