"""Graphs of models, by PyTorch's own exporters."""

from __future__ import annotations

from farboard.errors import FarboardError
from farboard.writer.event import graph_event, run_metadata_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STEP = "step1"


def model_graph(model: Any, inputs: Any, *, verbose: bool, strict: bool) -> tuple[bytes, bytes]:
    """Trace a model; return an encoded `GraphDef` and `RunMetadata`.

    Raises:
        FarboardError: PyTorch, or the tensorboard package its exporter needs, is not installed.
    """
    try:
        from torch.utils.tensorboard._pytorch_graph import graph
    except ImportError as error:
        raise _missing("add_graph", error) from None
    graph_def, run_metadata = graph(model, inputs, verbose, strict)
    return graph_def.SerializeToString(), run_metadata.SerializeToString()


def onnx_graph(path: str) -> bytes:
    """Read an ONNX model; return an encoded `GraphDef`.

    Raises:
        FarboardError: PyTorch, tensorboard or onnx is not installed.
    """
    try:
        from torch.utils.tensorboard._onnx_graph import load_onnx_graph

        graph_def = load_onnx_graph(path)
    except ImportError as error:
        raise _missing("add_onnx_graph", error) from None
    # PyTorch returns (graph, run metadata) or the graph alone, as its version has it.
    graph_def = graph_def[0] if isinstance(graph_def, tuple) else graph_def
    encoded: bytes = graph_def.SerializeToString()
    return encoded


def graph_events(graph_def: bytes, run_metadata: bytes | None, wall_time_s: float) -> list[bytes]:
    """Encode a graph, and what its one step did."""
    events = [graph_event(graph_def, wall_time_s)]
    if run_metadata is not None:
        events.append(run_metadata_event(_STEP, run_metadata, wall_time_s))
    return events


def _missing(method: str, error: ImportError) -> FarboardError:
    needs = "torch, tensorboard and onnx" if "onnx" in method else "torch and tensorboard"
    return FarboardError(
        f"{method} uses PyTorch's own exporter, which cannot be imported: {error}",
        f"it needs {needs}; every other method works without them",
    )
