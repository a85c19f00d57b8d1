"""Events around the values against Google's protobuf with TensorBoard's message definitions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2

from farboard.writer import event

STEPS = st.integers(-(2**63), 2**63 - 1)
WALL_TIMES = st.floats()


@given(WALL_TIMES, st.text(min_size=1, max_size=300))
def test_file_version_is_protobufs_bytes(wall_time_s: float, source: str) -> None:
    message = event_pb2.Event(wall_time=wall_time_s, file_version="brain.Event:2")
    message.source_metadata.writer = source
    assert event.file_version_event(wall_time_s, source) == message.SerializeToString()


@given(WALL_TIMES, STEPS)
def test_restart_is_protobufs_bytes(wall_time_s: float, step: int) -> None:
    log = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    version = event_pb2.Event(wall_time=wall_time_s, step=step, file_version="brain.Event:2")
    start = event_pb2.Event(wall_time=wall_time_s, step=step, session_log=log)
    assert event.restart_events(wall_time_s, step) == [
        version.SerializeToString(),
        start.SerializeToString(),
    ]


@given(st.binary(max_size=100), st.binary(max_size=100), st.text(max_size=9), WALL_TIMES)
def test_graph_is_protobufs_bytes(
    graph_def: bytes, metadata: bytes, tag: str, wall_time_s: float
) -> None:
    graph = event_pb2.Event(wall_time=wall_time_s, graph_def=graph_def)
    assert event.graph_event(graph_def, wall_time_s) == graph.SerializeToString()
    tagged = event_pb2.TaggedRunMetadata(tag=tag, run_metadata=metadata)
    if metadata:  # protobuf leaves nothing out that is there
        expected = event_pb2.Event(wall_time=wall_time_s, tagged_run_metadata=tagged)
        written = event.run_metadata_event(tag, metadata, wall_time_s)
        assert written == expected.SerializeToString()
