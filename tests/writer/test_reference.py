"""Recorded calls of PyTorch and tensorboardX, repeated through our writer: the same bytes.

The tables below say where not, and why. What is in a table and is the same after all is an error,
too. The first event of a file differs by design: it names its writer. PNGs are the same bytes with
the versions in constraints.txt, and have to be the same pixels with all others.

Not repeated: what is no method of PyTorch's class (FileWriter, and tensorboardX's extras).
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2, graph_pb2

from tests.writer.comparison import pictures, reason, same, unpacked
from tests.writer.recordings import REFERENCE, Call, Figure, recorded, repeat
from tests.writer.tensorboard_reader import payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="$FARBOARD_WRITERS is not set")

REFUSED = {
    "torch": {
        "add_scalar_walltimes:walltimes/kinds": "a wall time given as text is read as a number",
        "add_tensor:dtype/uint16": "has a place in a tensor",
        "add_tensor:dtype/qint8": "is written as the numbers it stands for",
        "add_tensor:bad/numpy": "numpy arrays are tensors, too",
        "add_histogram:edge/outside_default_bins": "values beyond the edges get one bucket",
        "add_histogram:edge/square_overflow": "values beyond the edges get one bucket",
        "add_histogram:edge/nan_auto": "NaN in the weights must not end a training",
        "add_histogram:edge/list": "lists are numbers, too",
        "add_images:list/NCHW": "lists are numbers, too",
        "add_video:one_channel": "grey videos are videos, too",
        "add_audio:stereo_Lx2": "stereo, as tensorboardX writes it",
        "add_audio:stereo_2xL": "stereo, channels first",
        "add_audio:one_sample": "a clip may be short",
        "add_hparams:numpy_*": "numpy's numbers are numbers",
        "add_hparams:callable": "is written by its name",
        "add_hparams:list_value": "is written as JSON",
        "add_hparams:domain_wrong_type": "a whole number is a number",
    },
    "tensorboardX": {
        "add_scalar:types/torch": "bfloat16 is understood",
        "add_scalar_walltimes:walltimes/kinds": "a wall time given as text is read as a number",
        "add_scalar:bad/value": "text is read as a number, as by PyTorch",
        "add_histogram:torch/bfloat16": "bfloat16 is understood",
        "add_histogram:edge/outside_default_bins": "values beyond the edges get one bucket",
        "add_histogram:edge/square_overflow": "values beyond the edges get one bucket",
        "add_histogram:edge/nan_auto": "NaN in the weights must not end a training",
        "add_image:torch/bfloat16": "bfloat16 is understood",
        "add_audio:row_1xL": "any axes of length 1",
        "add_audio:stereo_2xL": "stereo, channels first",
        "add_embedding:not_square": "as by PyTorch",
    },
}
"""What they refuse and we write."""

TAGS = "the tag is kept as it is, as by PyTorch"
SUB_RUNS = "runs of curves are named as by PyTorch"
MESH = "as by PyTorch, whose names of parts TensorBoard reads"
SAMPLES = "samples are scaled as by PyTorch; the last bit may differ"

DIFFERENT = {
    "torch": {
        "add_scalars:bad": "nothing is written when one of the values is no number",
        "add_tensor:dtype/float16": "PyTorch writes bits nobody can read",
        "add_tensor:dtype/bfloat16": "PyTorch writes bits nobody can read",
        "add_tensor:dtype/uint8": "PyTorch uses a field readers do not look into",
        "add_audio:int16": "int16 is taken as samples; PyTorch clips it to noise",
        "add_audio:int16_unit": "int16 is taken as samples; PyTorch clips it to noise",
        "add_hparams:first": "bools stay bools, as tensorboardX writes them",
        "add_hparams:second": "bools stay bools, as tensorboardX writes them",
        "add_hparams:domains": "bools stay bools, as tensorboardX writes them",
        "add_hparams:19": "without run_name everything stays in the run",
        "add_video:*": "the same frames, but shown for as long as asked: PyTorch lost fps",
        "add_video_without_moviepy:uint8": "PyTorch writes no image without moviepy",
    },
    "tensorboardX": {
        "add_scalar:[!abkps]*": TAGS,
        "add_scalar:percent%20": TAGS,
        "add_scalar:back\\slash": TAGS,
        "add_scalar:bad/value": "a list is no number, as by PyTorch",
        "add_scalar_metadata:*": "PyTorch has no display names",
        "add_scalars:*": SUB_RUNS,
        "export_scalars_to_json:main": SUB_RUNS,
        "add_histogram:edge/inf": "a NaN has another sign",
        "add_image:dtype/float16": "floats are scaled in 32 bits, as by PyTorch",
        "add_image:torch/float16": "floats are scaled in 32 bits, as by PyTorch",
        "add_image:dtype/int64_0_255": "integers are scaled and clipped, as by PyTorch",
        "add_image:range/float_outside": "floats outside of [0, 1] are clipped, as by PyTorch",
        "add_images:N4HW/uint8": "refused, as by PyTorch",
        "add_images:list/*": "a list of images is a batch",
        "add_video:NTHWC": "PyTorch has no dataformats of videos",
        "add_video:one_channel": "grey is written as grey: another palette, the same frames",
        "add_audio:*": SAMPLES,
        "mixed:audio": SAMPLES,
        "add_mesh:*": MESH,
        "mixed:mesh": MESH,
        "add_graph*": "the step's metadata is named as by PyTorch",
        "mixed:23": "the step's metadata is named as by PyTorch",
        "add_hparams:numpy_*": "numpy's numbers have values and types",
        "add_hparams:tensor": "tensors of one element have values and types",
        "add_hparams:list_value": "is written as JSON",
        "add_hparams:with_step": "what was started and ended is at the step, too, as by PyTorch",
        "add_hparams:16": "without run_name everything stays in the run",
        "purge_step_reopen:loss": "the past ends once, as by PyTorch",
    },
}
"""What is written otherwise."""

OTHER_CLASSES = {
    "torch": ["file_writer", "two_values_one_summary_mixed"],
    "tensorboardX": [
        "export_scalars_to_json",
        "file_writer",
        "global_summary_writer",
        "use_metadata",
        "write_to_disk_false",
    ],
}
SAME_PICTURES = ("add_video:",)
"""Where at least all pixels have to be the same."""


def runs(folder: str) -> list[str]:
    if not REFERENCE.is_dir():
        return []
    return [run for run in recorded(folder) if run not in OTHER_CLASSES[folder]]


ALL = [(folder, run) for folder in ("torch", "tensorboardX") for run in runs(folder)]


@pytest.fixture
def exporters(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """PyTorch's exporters, which answer with what they answered then."""
    answer: dict[str, Any] = {}

    def trace(model: Any, inputs: Any, verbose: bool, strict: bool) -> tuple[Any, Any]:
        if strict and model == {"$module": "TwoInputs"}:
            raise RuntimeError("Encountering a dict at the output of the tracer")
        return answer["graph"], answer["metadata"]

    tensorboard = types.ModuleType("torch.utils.tensorboard")
    graph = types.ModuleType("torch.utils.tensorboard._pytorch_graph")
    graph.graph = trace  # type: ignore[attr-defined]
    onnx = types.ModuleType("torch.utils.tensorboard._onnx_graph")
    onnx.load_onnx_graph = lambda _: answer["graph"]  # type: ignore[attr-defined]
    for module in (types.ModuleType("torch"), types.ModuleType("torch.utils"), tensorboard):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for module in (graph, onnx):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return answer


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """matplotlib, which draws what it drew then; the figures that were closed."""
    closed: list[Figure] = []

    class Canvas:
        def __init__(self, figure: Figure) -> None:
            self.pixels = figure.pixels

        def draw(self) -> None:
            pass

        def get_width_height(self) -> tuple[int, int]:
            _, height, width = self.pixels.shape
            return width, height

        def buffer_rgba(self) -> memoryview:
            alpha = np.full_like(self.pixels[:1], 255)
            rgba = np.concatenate([self.pixels, alpha]).transpose(1, 2, 0)
            return memoryview(np.ascontiguousarray(rgba))

    pyplot = types.ModuleType("matplotlib.pyplot")
    pyplot.close = closed.append  # type: ignore[attr-defined]
    matplotlib = types.ModuleType("matplotlib")
    matplotlib.pyplot = pyplot  # type: ignore[attr-defined]
    agg = types.ModuleType("matplotlib.backends.backend_agg")
    agg.FigureCanvasAgg = Canvas  # type: ignore[attr-defined]
    for module in (matplotlib, pyplot, types.ModuleType("matplotlib.backends"), agg):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return closed


@pytest.mark.parametrize(("folder", "run"), ALL)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_records_are_theirs(
    folder: str,
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exporters: dict[str, Any],
    drawing: list[Figure],
) -> None:
    monkeypatch.chdir(tmp_path)
    calls = recorded(folder)[run]
    used = set()
    with as_exported(folder, run, exporters):
        for call in repeat(folder, run, calls, monkeypatch):
            refused = reason(REFUSED[folder], call.label)
            if call.raised and not (refused and not call.error):
                assert call.error, f"{call.label} is written, but they refuse it: {call.raised}"
                if same(call.actual, call.expected):
                    continue
            elif call.raised:
                used.add(refused)
                continue
            elif call.error is None and same(call.actual, call.expected):
                assert_other_files(folder, call)
                continue
            pattern = reason(DIFFERENT[folder], call.label)
            assert pattern, f"{call.label} differs: {call.error!r}"
            used.add(pattern)
            if call.label.startswith(SAME_PICTURES) and not call.raised and call.error is None:
                assert pictures(call.actual) == pictures(call.expected)
    if run in ("add_figure",):
        assert len(drawing) == 4  # all but one were to be closed
    USED.setdefault(folder, set()).update(used)


USED: dict[str, set[str]] = {}


@pytest.mark.parametrize("folder", ["torch", "tensorboardX"])
def test_tables_hold_nothing_else(folder: str) -> None:
    """Runs after all of the above."""
    if len(USED) < 2:
        pytest.skip("needs the tests above")
    known = {*REFUSED[folder], *DIFFERENT[folder]} - {"export_scalars_to_json:main"}
    assert USED[folder] == known


@contextlib.contextmanager
def as_exported(folder: str, run: str, answer: dict[str, Any]) -> Iterator[None]:
    """Let the exporters answer with the graphs that are in the files of a run."""
    for path in (REFERENCE / folder / "runs" / run).glob("events*"):
        for payload in payloads(path):
            event = event_pb2.Event.FromString(payload)
            if event.graph_def:
                graph = graph_pb2.GraphDef.FromString(event.graph_def)
                answer["graph"] = Encoded(event.graph_def)
                assert graph.node
            if event.HasField("tagged_run_metadata"):
                answer["metadata"] = Encoded(event.tagged_run_metadata.run_metadata)
    yield


class Encoded:
    """A message that is bytes already: maps keep the order they had."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def SerializeToString(self) -> bytes:  # noqa: N802  protobuf's name
        return self.content


def assert_other_files(folder: str, call: Call) -> None:
    for name, sha256 in call.other_files.items():
        if name.endswith(".pbtxt"):
            continue  # grows with each call; the last one is compared below
        written = Path(name).read_bytes()
        if hashlib.sha256(written).hexdigest() != sha256:
            assert name.endswith(".png"), name
            assert unpacked(written) == unpacked((REFERENCE / folder / name).read_bytes()), name
    configs = [name for name in call.other_files if name.endswith(".pbtxt")]
    if configs and folder == "torch":
        sha256 = hashlib.sha256(Path(configs[0]).read_bytes()).hexdigest()
        assert sha256 == call.other_files[configs[0]]
