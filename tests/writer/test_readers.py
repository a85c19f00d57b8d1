"""What every method writes, read by TensorBoard's readers and by Farboard's engine.

Both have the same values, and these are the values that were logged.
"""

from __future__ import annotations

import io
import math
import struct
import subprocess
import time
import wave
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc
from tensorboard.plugins.hparams import metadata as hparams_metadata

import farboard
from benchmarks.data_server import data_server_command
from farboard.writer.summary_writer import SummaryWriter
from tests.oracle.readings import array, blob, content, readings, strings
from tests.writer.tensorboard_reader import event_files, events, tensors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.client import EngineProcess

    Start = Callable[..., EngineProcess]

WALL_TIME_S = 1700000000.25
RNG = np.random.default_rng(5)
WEIGHTS = RNG.normal(size=1000)
PIXELS = RNG.integers(0, 256, (3, 5, 7), dtype=np.uint8)
CLIP = np.sin(np.linspace(0, 60, 400)).astype(np.float32)
LABELS = RNG.integers(0, 2, 200)
GUESSES = np.clip(LABELS * 0.4 + RNG.random(200) * 0.6, 0, 1)
VERTICES = RNG.normal(size=(1, 4, 3)).astype(np.float32)
FACES = np.array([[[0, 1, 2], [1, 2, 3]]], dtype=np.int32)
COLORS = RNG.integers(0, 256, (1, 4, 3), dtype=np.uint8)
LAYOUT = {"losses": {"both": ["Multiline", ["a/x", "a/y"]], "band": ["Margin", ["v", "l", "u"]]}}
KINDS = {
    "scalar",
    "tensor",
    "histogram",
    "image",
    "audio",
    "text",
    "pr_curve",
    "mesh",
    "hparams",
    "custom_scalars",
}


def write_everything(directory: Path) -> None:
    """One value or more by every method but those that need PyTorch or matplotlib."""
    writer = SummaryWriter(directory)
    at = {"global_step": 3, "walltime": WALL_TIME_S}
    writer.add_scalar("scalar", 0.5, **at)
    writer.add_scalar("scalar/nan", math.nan, **at)
    writer.add_scalar("scalar/new", 0.5, new_style=True, **at)
    writer.add_scalar("scalar/float64", 0.1, precision="float64", **at)
    writer.add_scalar("scalar/int64", 2**52 + 1, precision="int64", **at)
    writer.add_scalars("curves", {"one": 1.0, "two": 2.0}, **at)
    writer.log({"log/loss": 0.25, "log": {"note": "text", "acc": np.float32(0.75)}}, 3, WALL_TIME_S)
    writer.add_tensor("tensor", np.arange(6.0).reshape(2, 3), **at)
    writer.add_tensor("tensor/half", np.arange(6, dtype=np.float16), **at)
    writer.add_histogram("histogram", WEIGHTS, bins="auto", **at)
    writer.add_histogram("histogram/default", WEIGHTS, **at)
    writer.add_histogram_raw("histogram/raw", 0, 2, 3, 3, 5, [1.0, 2.0], [1, 2], **at)
    writer.add_image("image", PIXELS, **at)
    writer.add_images("images", np.stack([PIXELS] * 3), **at)
    writer.add_image_with_boxes("boxes", PIXELS, np.array([[1, 1, 4, 3]]), labels=["x"], **at)
    writer.add_video("video", np.stack([[PIXELS, 255 - PIXELS]]), fps=5, **at)
    writer.add_audio("audio", CLIP, sample_rate=8000, **at)
    writer.add_audio("audio/stereo", np.stack([CLIP, -CLIP]), sample_rate=8000, **at)
    writer.add_text("text", "# Täxt\n\n| a |\n|---|\n| 1 |", **at)
    writer.add_pr_curve("pr_curve", LABELS, GUESSES, num_thresholds=11, **at)
    counts = np.arange(5)
    writer.add_pr_curve_raw("pr_curve/raw", *[counts] * 6, num_thresholds=5, **at)
    writer.add_mesh("mesh", VERTICES, COLORS, FACES, {"lights": []}, **at)
    writer.add_hparams({"lr": 0.1, "bn": True, "opt": "adam"}, {"best": 0.9}, global_step=3)
    writer.add_custom_scalars(LAYOUT)
    writer.add_custom_scalars_multilinechart(["scalar"])
    writer.add_custom_scalars_marginchart(["v", "l", "u"])
    writer.close()


def raw(tensor: Any) -> bytes:
    """An array as the oracle's readings of the engine have it."""
    if tensor.dtype == object:
        return strings(list(tensor.reshape(-1)))
    return array(tensor.tobytes())


def test_both_read_the_same(tmp_path: Path, start: Start) -> None:
    write_everything(tmp_path / "run")
    engine = start(tmp_path)
    engine.until_live()
    ours = readings(engine)
    assert set(ours) == {"run", "run/curves_one", "run/curves_two"}
    assert {reading.kind for tags in ours.values() for [reading] in tags.values()} == KINDS
    for run, tags in ours.items():
        theirs = tensors(tmp_path / run)
        assert set(tags) == set(theirs)
        for tag, (reading,) in tags.items():
            steps, wall_times_s, values = zip(*theirs[tag], strict=True)
            assert reading.steps == list(steps), tag
            assert reading.wall_times_s == list(wall_times_s), tag
            for value, tensor in zip(reading.values, values, strict=True):
                if reading.kind == "scalar":
                    assert repr(float(value)) == repr(float(tensor.item())), tag
                    continue
                numbers = tensor.dtype.name if tensor.dtype.kind == "f" else "float32"
                expected = raw(tensor)
                assert content(engine, reading.kind, value, numbers, math.nan) == expected, tag


def test_64_bits_are_read_back_exactly(tmp_path: Path, start: Start) -> None:
    write_everything(tmp_path)
    series = tensors(tmp_path)
    assert series["scalar/float64"][0][2].item() == 0.1
    assert series["scalar/int64"][0][2].item() == 2**52 + 1
    engine = start(tmp_path)
    engine.until_live()
    (values,) = (readings(engine)["."][tag][0].values for tag in ["scalar/float64"])
    assert values == [0.1]
    assert readings(engine)["."]["scalar/int64"][0].values == [2**52 + 1]


def test_media_are_what_was_logged(tmp_path: Path, start: Start) -> None:
    write_everything(tmp_path)
    engine = start(tmp_path)
    engine.until_live()
    tags = readings(engine)["."]

    def encoded(tag: str) -> bytes:
        return blob(engine, tags[tag][0].values[0]["items"][0]["blob"])

    image = np.asarray(Image.open(io.BytesIO(encoded("image"))))
    assert (image == PIXELS.transpose(1, 2, 0)).all()
    batch = np.asarray(Image.open(io.BytesIO(encoded("images"))))
    assert (batch == np.concatenate([image] * 3, axis=1)).all()
    video = Image.open(io.BytesIO(encoded("video")))
    frames = []
    for number in range(2):
        video.seek(number)
        assert video.info["duration"] == 200
        frames.append(np.asarray(video.convert("RGB")))
    assert (frames[0] == image).all()
    assert (frames[1] == 255 - image).all()
    with wave.open(io.BytesIO(encoded("audio/stereo"))) as clip:
        assert (clip.getnchannels(), clip.getframerate(), clip.getsampwidth()) == (2, 8000, 2)
        samples = np.frombuffer(clip.readframes(400), dtype="<i2").reshape(-1, 2)
    assert np.abs(samples[:, 0] / 32767 - CLIP).max() < 1 / 32767
    assert (samples[:, 0] == -samples[:, 1]).all()


def test_numbers_are_what_was_logged(tmp_path: Path) -> None:
    write_everything(tmp_path)
    series = tensors(tmp_path)
    counts, edges = np.histogram(WEIGHTS, bins="auto")
    histogram = series["histogram"][0][2]
    assert histogram[:, 2] == pytest.approx(counts)
    assert histogram[:, 1] == pytest.approx(edges[1:], rel=1e-6)
    assert histogram[0, 0] == pytest.approx(WEIGHTS.min(), rel=1e-6)
    curve = series["pr_curve"][0][2]
    for number, threshold in enumerate(np.linspace(0, 1, 11)):
        positive = np.floor(GUESSES * 10) >= round(threshold * 10)
        assert curve[0, number] == (positive & (LABELS == 1)).sum()
        assert curve[1, number] == (positive & (LABELS == 0)).sum()
    assert (series["mesh_VERTEX"][0][2] == VERTICES).all()
    assert (series["mesh_FACE"][0][2] == FACES).all()
    assert (series["mesh_COLOR"][0][2] == COLORS).all()
    assert series["text/text_summary"][0][2].item().decode() == "# Täxt\n\n| a |\n|---|\n| 1 |"


def test_tensorboards_server_side_reads_it_all(tmp_path: Path) -> None:
    write_everything(tmp_path)
    accumulator = event_accumulator.EventAccumulator(str(tmp_path)).Reload()
    tags = accumulator.Tags()
    assert {"scalar", "log/loss", "log/acc", "best"} <= set(tags["scalars"])
    assert set(tags["images"]) == {"image", "images", "boxes", "video"}
    assert set(tags["audio"]) == {"audio", "audio/stereo"}
    assert set(tags["histograms"]) == {"histogram", "histogram/default", "histogram/raw"}


def test_hparams_are_understood(tmp_path: Path, start: Start) -> None:
    writer = farboard.init(
        tmp_path / "a", config={"lr": 0.1, "net": {"depth": 3}}, system_interval_s=None
    )
    writer.add_hparams({}, {"best": 0.5}, global_step=7)
    writer.close()
    engine = start(tmp_path)
    engine.until_live()
    (run,) = engine.get("/api/hparams")["runs"]
    session = run["session"]
    assert {**session["hparams"], "lr": 0.1, "net/depth": 3} == session["hparams"]
    assert set(session["hparams"]) >= {"run/command", "run/host"}
    assert session["status"] == "success"
    assert session["started_at_s"] <= session["ended_at_s"]
    accumulator = event_accumulator.EventAccumulator(str(tmp_path / "a")).Reload()
    content = accumulator.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start_info = hparams_metadata.parse_session_start_info_plugin_data(content)
    assert start_info.hparams["net/depth"].number_value == 3
    experiment = accumulator.SummaryMetadata("_hparams_/experiment").plugin_data.content
    infos = hparams_metadata.parse_experiment_plugin_data(experiment)
    assert {info.name for info in infos.hparam_infos} == set(session["hparams"])
    assert [info.name.tag for info in infos.metric_infos] == ["best"]


def test_a_run_that_failed_says_so(tmp_path: Path, start: Start) -> None:
    with pytest.raises(ZeroDivisionError), farboard.init(tmp_path, system_interval_s=None):
        raise ZeroDivisionError
    engine = start(tmp_path)
    engine.until_live()
    (run,) = engine.get("/api/hparams")["runs"]
    assert run["session"]["status"] == "failure"


def test_records_are_whole(tmp_path: Path) -> None:
    write_everything(tmp_path)
    data = event_files(tmp_path)[0].read_bytes()
    count = 0
    while data:
        (length,) = struct.unpack_from("<Q", data)
        data = data[length + 16 :]
        count += 1
    assert count == len(list(events(event_files(tmp_path)[0])))


SHOWN_BY_SLOW_LOADER_ONLY = {"scalar/float64", "scalar/int64", "tensor", "tensor/half"}
"""TensorBoard's data server knows 32-bit scalars only (docs/logging.md says so), and no plugin of
the name that PyTorch's `add_tensor` writes."""


def test_tensorboards_data_server_reads_it_too(tmp_path: Path) -> None:
    """The default loader, asked over its own protocol; values where it has them as numbers."""
    write_everything(tmp_path / "logs" / "run")
    theirs = tensors(tmp_path / "logs" / "run")
    port_file = tmp_path / "port"
    command = data_server_command(tmp_path / "logs", port_file, "--reload=once")
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 60
            while not port_file.exists() or not port_file.read_text():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            with grpc.insecure_channel(f"localhost:{int(port_file.read_text())}") as channel:
                stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
                found: dict[str, Any] = {}
                while not set(found) >= SERVED:
                    assert time.monotonic() < deadline, SERVED - set(found)
                    found = served(stub)
        finally:
            process.kill()
    assert set(found) == set(theirs) - SHOWN_BY_SLOW_LOADER_ONLY
    for tag, (step, value) in found.items():
        assert step == theirs[tag][-1][0], tag
        if value is not None:
            expected = theirs[tag][-1][2]
            assert np.array_equal(np.float32(value), np.float32(expected), equal_nan=True), tag


TENSOR_PLUGINS = ["histograms", "text", "pr_curves", "mesh", "hparams", "custom_scalars"]
SERVED = {"scalar", "log/loss", "mesh_VERTEX", "pr_curve", "image", "audio", "histogram/raw"}


def served(stub: Any) -> dict[str, tuple[int, float | None]]:
    """The last step of each tag, and its value when that is a scalar."""
    found: dict[str, tuple[int, float | None]] = {}
    for plugin in TENSOR_PLUGINS:
        found |= ask_for(stub, "Tensors", plugin)
    for plugin in ("images", "audio"):
        found |= ask_for(stub, "BlobSequences", plugin)
    request = data_provider_pb2.ReadScalarsRequest()
    request.plugin_filter.plugin_name = "scalars"
    request.downsample.num_points = 10
    for run in stub.ReadScalars(request, timeout=30).runs:
        for tag in run.tags if run.run_name == "run" else ():
            if tag.data.step:  # else it has a name and nothing to show
                found[tag.tag_name] = (tag.data.step[-1], tag.data.value[-1])
    return found


def ask_for(stub: Any, kind: str, plugin: str) -> dict[str, tuple[int, float | None]]:
    request = getattr(data_provider_pb2, f"List{kind}Request")()
    request.plugin_filter.plugin_name = plugin
    answer = getattr(stub, f"List{kind}")(request, timeout=30)
    runs = [run for run in answer.runs if run.run_name == "run"]
    return {tag.tag_name: (tag.metadata.max_step, None) for run in runs for tag in run.tags}
