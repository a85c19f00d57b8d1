"""`farboard export` against TensorBoard's own readers, over every real event file of the corpus.

`--restarts all` has to give each point of each scalar tag as TensorBoard's `EventFileLoader` yields
it; `--restarts latest` what its default loader keeps, save for one documented difference: several
values at one step of one file are all kept, where TensorBoard keeps the last. (The other one, files
written at the same time, does not occur in the corpus; tests/engine has it.)
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from farboard.cli.main import main

CORPUS = os.environ.get("FARBOARD_CORPUS")
pytestmark = pytest.mark.skipif(not CORPUS, reason="FARBOARD_CORPUS is not set")

Point = tuple[int, float, float]
Series = dict[tuple[str, str], list[Point]]


def corpus() -> Path:
    """Where the corpus lies."""
    return Path(CORPUS or "")


def read_truths(folder: str) -> dict[str, dict[str, Any]]:
    """All truth files of a folder by their stem."""
    return {path.stem: json.loads(path.read_text()) for path in (corpus() / folder).glob("*.json")}


def export(logdir: Path, restarts: str, output: Path) -> Series:
    """The rows of one export by (run, tag), in their order."""
    arguments = ["export", str(logdir), "--restarts", restarts, "-o", str(output)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    series: Series = defaultdict(list)
    with output.open(newline="") as file:
        rows = csv.DictReader(file)
        assert rows.fieldnames == ["run", "tag", "step", "wall_time", "value", "superseded"]
        for row in rows:
            point = (int(row["step"]), float(row["wall_time"]), float(row["value"]))
            series[row["run"], row["tag"]].append(point)
    return series


def sha256(points: list[Point], nan: float = math.nan) -> str:
    """The truth's hash: int64 step, float64 wall time, float32 value of each point."""
    digest = hashlib.sha256()
    for step, wall_time_s, value in points:
        packed = nan if math.isnan(value) else value
        digest.update(struct.pack("<qdf", step, wall_time_s, packed))
    return digest.hexdigest()


def agrees(points: list[Point], expected: dict[str, Any]) -> bool:
    """Whether points have the truth's count and hash; CSV has no sign of NaN, so either will do."""
    if len(points) != expected["count"]:
        return False
    return expected["sha256"] in (sha256(points), sha256(points, -math.nan))


def last_of_equal_steps(points: list[Point]) -> list[Point]:
    """What TensorBoard would keep of neighbours that share a step."""
    followers = [*points[1:], None]
    return [
        p
        for p, follower in zip(points, followers, strict=True)
        if not follower or follower[0] != p[0]
    ]


def scalars(tags: dict[str, Any]) -> dict[str, Any]:
    """The scalar tags of a truth."""
    return {tag: about for tag, about in tags.items() if about.get("kind") == "scalar"}


@pytest.fixture(scope="module")
def one_run_per_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A logdir in which every file of the corpus is a run of its own."""
    logdir = tmp_path_factory.mktemp("files")
    for slug, truth in read_truths("truth").items():
        source = corpus() / truth["file"]
        (logdir / slug).mkdir()
        (logdir / slug / source.name).symlink_to(source)
    return logdir


def test_all_points_of_every_file(one_run_per_file: Path, tmp_path: Path) -> None:
    ours = export(one_run_per_file, "all", tmp_path / "all.csv")
    compared = 0
    for slug, truth in read_truths("truth").items():
        expected = scalars(truth["tags"])
        assert {tag for run, tag in ours if run == slug} == set(expected), slug
        for tag, about in expected.items():
            points = ours[slug, tag]
            assert agrees(points, about), (slug, tag)
            compared += 1
    assert compared > 1000


def test_latest_points_of_every_file(one_run_per_file: Path, tmp_path: Path) -> None:
    ours = export(one_run_per_file, "latest", tmp_path / "latest.csv")
    for slug, truth in read_truths("truth").items():
        differing = truth["rust_data_server"]["differing"]
        for tag, about in scalars(truth["tags"]).items():
            expected = differing.get(tag, about)
            points = last_of_equal_steps(ours[slug, tag])
            assert agrees(points, expected), (slug, tag)


def runs_of_several_files() -> dict[str, dict[str, Any]]:
    """Truths of directories with several files, by the name of the run that links to them."""
    return read_truths("truth_runs")


@pytest.fixture(scope="module")
def one_run_per_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A logdir in which every directory with several files is a run."""
    logdir = tmp_path_factory.mktemp("directories")
    for name, truth in runs_of_several_files().items():
        (logdir / name).mkdir()
        for file in truth["files"]:
            (logdir / name / file).symlink_to(corpus() / truth["run_dir"] / file)
    return logdir


def test_all_points_of_every_directory(one_run_per_directory: Path, tmp_path: Path) -> None:
    ours = export(one_run_per_directory, "all", tmp_path / "all.csv")
    for name, truth in runs_of_several_files().items():
        for tag, about in scalars(truth["tags"]).items():
            points = ours[name, tag]
            assert agrees(points, about), (name, tag)


def test_latest_points_of_every_directory(one_run_per_directory: Path, tmp_path: Path) -> None:
    ours = export(one_run_per_directory, "latest", tmp_path / "latest.csv")
    for name, truth in runs_of_several_files().items():
        differing = truth["rust_data_server"]["differing"]
        for tag, about in scalars(truth["tags"]).items():
            points = last_of_equal_steps(ours[name, tag])
            assert agrees(points, differing.get(tag, about)), (name, tag)
