"""Every value of every kind against TensorBoard's own reading of real and damaged files.

Where TensorBoard's reader stops early, what it has read must be the beginning of what we have. Each
other difference needs a reason in `REASONS`, and every reason must be needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.engine.client import EngineProcess
from tests.oracle.readings import Reading, readings

CORPUS = os.environ.get("FARBOARD_CORPUS")
WRITERS = os.environ.get("FARBOARD_WRITERS")
needs_corpus = pytest.mark.skipif(not CORPUS, reason="FARBOARD_CORPUS is not set")
needs_writers = pytest.mark.skipif(not WRITERS, reason="FARBOARD_WRITERS is not set")

Truth = dict[str, Any]
Found = dict[str, dict[str, list[Reading]]]
Read = Callable[[dict[str, list[Path]]], Found]

# Our kinds where the truth has finer ones.
KINDS = {
    "keras_model": "graph",
    "run_metadata_graph": "run_metadata",
    "plugin:graph_tagged_run_metadata": "run_metadata",
}


@dataclass(frozen=True)
class Reason:
    """Why we differ in certain tags of certain files."""

    file: str
    tag: str
    differences: str
    why: str


SEVERAL = "a tag written with several kinds is one series of each; all points are there"
NO_SCALAR = "what the plugin `scalars` wrote is not one real number: listed as what it is"
DECODED = "TensorBoard cannot decode the tensor; we can"
NO_SIZE = "a size below 0 is none: the picture's own is told"
META_GRAPH = "a meta graph stands for the run's graph where there is no other"
REPLACED = "bytes that are no UTF-8 are replaced in a text"

REASONS = [
    Reason("raw_file_names/EVENTS.OUT*", "", "run", "its name is not that of an event file"),
    Reason("raw_file_names/events.out.17*", "", "run", "its name is not that of an event file"),
    Reason(
        "*.profile-empty", "", "run", "the profiler's marker, which the Python reader skips too"
    ),
    Reason("raw_nan_bits/*", "x", "content", "JSON and CSV know one NaN, not its bits"),
    Reason("tag_reused_across_kinds/*", "[tu]", "kinds", SEVERAL),
    Reason("one_tag_many_plugins/*", "same", "kinds", SEVERAL),
    Reason("v2_write_plugins/*", "metadata_changes", "kinds", SEVERAL),
    Reason("v2_write_plugins/*", "metadata_only_second", "kinds", SEVERAL),
    Reason("v2_write_scalars/*", "good_then_bad", "kinds", SEVERAL),
    Reason("damaged/odd_simple_value_as_double/*", "x", "kinds", SEVERAL),
    Reason("damaged/tensor_first_bad_then_good/*", "s", "kinds", SEVERAL),
    Reason("damaged/proto_packed_floats_odd_length/*", "x", "kinds", SEVERAL),
    Reason("damaged/odd_value_only_metadata/*", "only_md", "kind", NO_SCALAR),
    Reason("two_values_one_summary_mixed/*", "metadata_only", "kind", NO_SCALAR),
    Reason("damaged/tensor_scalar_content_*", "s", "kind content", NO_SCALAR),
    Reason("damaged/tensor_scalar_d*", "s", "kind content", NO_SCALAR),
    Reason("damaged/tensor_scalar_float_val_*", "s", "kind content", NO_SCALAR),
    Reason("damaged/tensor_scalar_*_dim/*", "s", "kind content", NO_SCALAR),
    Reason("v2_write_scalars/*", "shape_2", "kind content", NO_SCALAR),
    Reason("v2_write_scalars/*", "string", "kind content", NO_SCALAR),
    Reason("v2_write_scalars/*", "complex64", "kind content", NO_SCALAR),
    Reason("v2_write_scalars/*", "empty", "kind content", NO_SCALAR),
    Reason("v2_write_scalars/*", "dtype/bfloat16", "content", DECODED),
    Reason("v2_write_plugins/*", "tensor_dtype/bfloat16", "content", DECODED),
    Reason("add_tensor/*", "dtype/float16", "content", DECODED),
    Reason("add_tensor/*", "dtype/bfloat16", "content", DECODED),
    Reason("add_tensor/*", "dtype/uint8", "content", DECODED),
    Reason("damaged/odd_tensor_twice/*", "m", "content", DECODED),
    Reason("damaged/tensor_scalar_val_of_other_type/*", "s", "content", DECODED),
    Reason("damaged/kind_audio_tensor_odd_count/*", "k", "content", DECODED),
    Reason("damaged/tensor_other_dtype_string_none/*", "s", "content", DECODED),
    Reason("damaged/tensor_other_negative_dim/*", "s", "content", DECODED),
    Reason("damaged/kind_image_negative_size/*", "k", "content", NO_SIZE),
    Reason("damaged/text_not_utf8/*", "txt", "content", REPLACED),
    Reason("v2_text/*", "case/not_utf8", "content", REPLACED),
    Reason("file_writer/*", "__run_graph__", "extra", META_GRAPH),
    Reason("damaged/event_meta_graph_*", "__run_graph__", "extra", META_GRAPH),
]

PURGED = "a restart: TensorBoard purges what was superseded, we keep and mark it"

DIRECTORY_REASONS = [
    Reason("purge_step/run", "loss", "count", PURGED),
    Reason("purge_step/run", "other", "count", PURGED),
    Reason("purge_step_reopen/run", "loss", "count", PURGED),
    Reason("v1_session_two_files/run", "loss", "count", PURGED),
    Reason("v1_session_two_files/run", "only_first", "count", PURGED),
]


@pytest.fixture
def read(engine_program: Path, tmp_path: Path) -> Iterator[Read]:
    """What the engine has of runs made of these files."""
    engines: list[EngineProcess] = []

    def start(runs: dict[str, list[Path]]) -> Found:
        # Names of runs are numbers: those of the files may be anything.
        for number, files in enumerate(runs.values()):
            (tmp_path / str(number)).mkdir()
            for file in files:
                (tmp_path / str(number) / file.name).symlink_to(file)
        engines.append(EngineProcess(engine_program, tmp_path))
        engines[-1].until_live()
        found = readings(engines[-1])
        names = {str(number): name for number, name in enumerate(runs)}
        return {names[run]: tags for run, tags in found.items()}

    yield start
    for engine in engines:
        engine.close()


def differences(truth: Truth, ours: dict[str, list[Reading]]) -> Iterator[tuple[str, str]]:
    """Each tag in which we differ from a truth, and how."""
    stopped = truth.get("error") is not None
    for tag, expected in truth["tags"].items():
        found = ours.get(tag, [])
        count = sum(len(reading.steps) for reading in found)
        if count < expected["count"] or (count > expected["count"] and not stopped):
            yield tag, "count"
        elif len(found) > 1:
            yield tag, "kinds"
        else:
            kind = KINDS.get(expected["kind"], expected["kind"])
            if found[0].kind != kind and kind != "unknown" and not kind.startswith("plugin:"):
                yield tag, "kind"
            if not found[0].agrees(expected):
                yield tag, "content"
    if not stopped:
        yield from ((tag, "extra") for tag in ours if tag not in truth["tags"])


def unexplained(
    truths: dict[str, Truth], found: Found, reasons: list[Reason]
) -> tuple[list[Any], set[Reason]]:
    """The differences without a reason, and the reasons that were needed."""
    left: list[Any] = []
    needed: set[Reason] = set()
    for name, truth in truths.items():
        run = found.get(name)
        seen = differences(truth, run) if run is not None else iter([("", "run")])
        for tag, difference in seen:
            reason = next((one for one in reasons if explains(one, name, tag, difference)), None)
            if reason:
                needed.add(reason)
            else:
                left.append(
                    (name, tag[:60], difference, [one.kind for one in (run or {}).get(tag, [])])
                )
    return left, needed


def explains(reason: Reason, name: str, tag: str, difference: str) -> bool:
    file = fnmatchcase(name, f"*/{reason.file}")
    return file and fnmatchcase(tag, reason.tag) and difference in reason.differences.split()


@needs_corpus
def test_every_real_file(read: Read) -> None:
    root = Path(CORPUS or "")
    read_truths = (json.loads(path.read_text()) for path in (root / "truth").glob("*.json"))
    truths = {truth["file"]: truth for truth in read_truths}
    found = read({name: [root / name] for name in truths})
    left, _ = unexplained(truths, found, REASONS)
    assert len(truths) > 300
    assert left == []


@needs_corpus
def test_every_real_directory(read: Read) -> None:
    root = Path(CORPUS or "")
    truths = {
        path.stem: json.loads(path.read_text()) for path in (root / "truth_runs").glob("*.json")
    }
    runs = {
        name: [root / truth["run_dir"] / file for file in truth["files"]]
        for name, truth in truths.items()
    }
    assert unexplained(truths, read(runs), []) == ([], set())


def writers_truths(pattern: str) -> dict[str, Truth]:
    """Truths of the reference files by the path of what they are about."""
    root = Path(WRITERS or "") / "truth"
    paths = sorted(path for path in root.rglob(pattern) if path.name != "logdir.json")
    return {
        str(path.relative_to(root).with_suffix("")): json.loads(path.read_text()) for path in paths
    }


@needs_writers
def test_every_reference_file(read: Read) -> None:
    truths = writers_truths("*tfevents*.json") | writers_truths("[eE]*.json")
    found = read({name: [Path(WRITERS or "") / truth["file"]] for name, truth in truths.items()})
    assert len(truths) > 500
    left, needed = unexplained(truths, found, REASONS)
    assert left == []
    assert set(REASONS) - needed == set()


@needs_writers
def test_every_reference_directory(read: Read) -> None:
    truths = writers_truths("run.json")
    runs = {
        name: [Path(WRITERS or "") / truth["run_dir"] / file for file in truth["files"]]
        for name, truth in truths.items()
    }
    left, needed = unexplained(truths, read(runs), DIRECTORY_REASONS)
    assert left == []
    assert set(DIRECTORY_REASONS) - needed == set()
