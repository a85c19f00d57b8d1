"""The wheels of a release: which ones, and that each runs on the platform its name says.

They take minutes to compile. `make wheels` does that and names them in `FARBOARD_WHEELS`; without
it, what can be asked of the recipe alone is asked.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from farboard import __version__
from farboard.link import foreign
from farboard.link.engine import normal_platform, platform_of
from farboard.target import parse_target
from tests.engine.client import EngineProcess
from tests.engine.event_files import write_series

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build_backend"))
pytest.importorskip("maturin", reason="maturin is not installed: make dev")

import wheels as recipe  # noqa: E402  (found on the path above, as the backend's own imports are)

HERE = normal_platform(f"{platform.system()} {platform.machine()}")
PT_LOAD, PT_INTERP = 1, 3
# Kernels for aarch64 may have pages of 64 KiB; they cannot map a program laid out for smaller ones.
LARGEST_PAGE_BYTES = {"Linux x86_64": 0x1000, "Linux aarch64": 0x10000}
EVERY_WHEEL = [pytest.param(wheel, id=wheel.target) for wheel in recipe.WHEELS]
EVERY_TAG = [
    pytest.param(wheel, tag, id=f"{wheel.target}-{tag}")
    for wheel in recipe.WHEELS
    for tag in wheel.tags
]


# --- what can be built where ------------------------------------------------------------------


def buildable(host: str, installed: set[str]) -> list[str]:
    targets = [wheel.target for wheel in recipe.WHEELS]
    return [target for target in targets if not recipe.why_not(target, host, target in installed)]


EVERYTHING = {wheel.target for wheel in recipe.WHEELS}


def test_linux_builds_every_wheel_for_linux() -> None:
    host = "x86_64-unknown-linux-gnu"
    assert buildable(host, EVERYTHING) == [
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
    ]
    assert buildable(host, {host}) == [host]


def test_macos_builds_its_own_and_those_with_musl() -> None:
    assert buildable("aarch64-apple-darwin", EVERYTHING) == [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ]


def test_what_is_missing_is_said_with_what_helps() -> None:
    reason = recipe.why_not("aarch64-unknown-linux-musl", "x86_64-unknown-linux-gnu", False)
    assert reason is not None
    assert "rustup target add aarch64-unknown-linux-musl" in reason


def test_a_foreign_linker_is_used_only_for_foreign_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    linker = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"
    monkeypatch.delenv(linker, raising=False)
    environment = recipe.farboard_build.static_engine_environment
    monkeypatch.setattr(recipe.farboard_build, "host_target", lambda: "x86_64-unknown-linux-gnu")
    assert environment("aarch64-unknown-linux-musl")[linker] == "rust-lld"
    monkeypatch.setenv(linker, "aarch64-linux-musl-gcc")
    assert environment("aarch64-unknown-linux-musl")[linker] == "aarch64-linux-musl-gcc"
    monkeypatch.delenv(linker)
    # Alpine's own Rust has no linker beside it.
    monkeypatch.setattr(recipe.farboard_build, "host_target", lambda: "aarch64-unknown-linux-musl")
    assert linker not in environment("aarch64-unknown-linux-musl")


def test_every_platform_that_is_looked_for_has_a_wheel() -> None:
    looked_for = {(name, tag) for name, tags in foreign._WHEEL_TAGS.items() for tag in tags}
    made = {(wheel.platform, tag) for wheel in recipe.WHEELS for tag in wheel.tags}
    assert looked_for == made


# --- what came out ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def directory() -> Path:
    named = os.environ.get("FARBOARD_WHEELS")
    if not named:
        pytest.skip("compiling for other platforms takes minutes: make wheels")
    return Path(named)


def tags_of(path: Path) -> frozenset[str]:
    """The platforms in a wheel's name."""
    return frozenset(path.stem.rpartition("-")[2].split("."))


def built(wheel: recipe.Wheel, directory: Path) -> Path:
    """The file of a wheel; skips those that this machine cannot make."""
    target = wheel.target
    reason = recipe.why_not(
        target, recipe.farboard_build.host_target(), recipe.is_installed(target)
    )
    if reason:
        pytest.skip(f"cannot be built here: {reason}")
    named = [
        path
        for path in directory.glob(f"farboard-{__version__}-py3-none-*.whl")
        if tags_of(path) == set(wheel.tags)
    ]
    assert len(named) == 1, f"no wheel with {wheel.tags} in {sorted(directory.glob('*.whl'))}"
    return named[0]


def engine_in(path: Path, directory: Path) -> Path:
    """The engine, unpacked as pip does it."""
    with zipfile.ZipFile(path) as archive:
        engine = archive.extract(f"farboard-{__version__}.data/scripts/farboard-engine", directory)
    Path(engine).chmod(0o755)
    return Path(engine)


def runnable(engine: Path, wheel: recipe.Wheel) -> Path:
    """What starts the engine here: itself, or an emulator of its processor with it."""
    if wheel.platform == HERE:
        return engine
    system, _, machine = wheel.platform.partition(" ")
    if system != platform.system():
        pytest.skip(f"nothing here runs programs of {system}")
    emulator = shutil.which(f"qemu-{machine}-static") or shutil.which(f"qemu-{machine}")
    if emulator is None:
        pytest.skip(f"qemu-{machine} is not installed (Debian: qemu-user-static)")
    script = engine.parent / "emulated"
    words = shlex.join([emulator, str(engine)])
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("wheel", EVERY_WHEEL)
def test_wheel_says_its_tags_and_carries_everything(wheel: recipe.Wheel, directory: Path) -> None:
    with zipfile.ZipFile(built(wheel, directory)) as archive:
        names = set(archive.namelist())
        info = archive.read(f"farboard-{__version__}.dist-info/WHEEL").decode()
    tags = {line.partition(": ")[2] for line in info.splitlines() if line.startswith("Tag: ")}
    assert tags == {f"py3-none-{tag}" for tag in wheel.tags}
    assert {"farboard/static/index.html", "farboard/py.typed", "farboard/cli/main.py"} <= names
    assert f"farboard-{__version__}.data/scripts/farboard" in names


@pytest.mark.parametrize("wheel", EVERY_WHEEL)
def test_engine_is_a_static_program_for_the_platform(
    wheel: recipe.Wheel, directory: Path, tmp_path: Path
) -> None:
    engine = engine_in(built(wheel, directory), tmp_path)
    assert normal_platform(platform_of(engine)) == wheel.platform
    if wheel.platform.startswith("Linux"):
        segments = program_headers(engine.read_bytes())
        assert PT_INTERP not in {kind for kind, _ in segments}
        alignments = {alignment for kind, alignment in segments if kind == PT_LOAD}
        assert min(alignments) >= LARGEST_PAGE_BYTES[wheel.platform]


def program_headers(program: bytes) -> list[tuple[int, int]]:
    """Type and alignment of each segment of a little-endian 64-bit ELF program."""
    (start,) = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    places = range(start, start + size * count, size)
    return [
        (
            struct.unpack_from("<I", program, place)[0],
            struct.unpack_from("<Q", program, place + 48)[0],
        )
        for place in places
    ]


@pytest.mark.parametrize("wheel", EVERY_WHEEL)
def test_engine_answers(wheel: recipe.Wheel, directory: Path, tmp_path: Path) -> None:
    program = runnable(engine_in(built(wheel, directory), tmp_path), wheel)
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    assert said == f"farboard-engine {__version__}\n"
    write_series(tmp_path / "logs" / "run" / "events.out.tfevents.1.host", "loss", [3.0, 2.0, 1.5])
    engine = EngineProcess(program, tmp_path / "logs")
    try:
        engine.until_live()
        (series,) = engine.scalars(series=[{"run": "run", "tag": "loss"}])
        assert series["value"] == [3.0, 2.0, 1.5]
    finally:
        code = engine.close()
    assert code == 0


@pytest.mark.parametrize(("wheel", "tag"), EVERY_TAG)
def test_pip_takes_the_wheel_for_the_platform(
    wheel: recipe.Wheel, tag: str, directory: Path, tmp_path: Path
) -> None:
    path = built(wheel, directory)
    pip(
        *("download", "--dest", str(tmp_path), "--only-binary=:all:", "--platform", tag),
        *("--find-links", str(directory), f"farboard=={__version__}"),
    )
    assert [taken.name for taken in tmp_path.iterdir()] == [path.name]


def test_pip_installs_the_wheel_of_this_machine(directory: Path, tmp_path: Path) -> None:
    pip(
        *("install", "--target", str(tmp_path), "--only-binary=:all:"),
        *("--find-links", str(directory), f"farboard=={__version__}"),
    )
    command = [tmp_path / "bin" / "farboard-engine", "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == f"farboard-engine {__version__}\n"


def pip(command: str, *arguments: str) -> None:
    """Runs pip on local files alone."""
    subprocess.run(
        [sys.executable, "-m", "pip", command, "--no-index", "--no-deps", "--quiet", *arguments],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


@pytest.mark.parametrize("wheel", EVERY_WHEEL)
async def test_the_wheel_gives_the_engine_for_a_far_machine(
    wheel: recipe.Wheel, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(wheel, directory)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setattr(foreign, "program_directories", lambda: iter(()))
    monkeypatch.setattr(foreign, "built_engines", lambda: iter(()))
    notes: list[str] = []
    engine = await foreign.find_foreign_engine(
        wheel.platform, parse_target("gpu1:runs"), None, notes.append
    )
    assert engine.path.is_relative_to(tmp_path)
    assert engine.runs_on(wheel.platform)
    assert notes
