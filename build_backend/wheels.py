"""Builds the wheels of a release: every one of the table below that this machine can build.

`python build_backend/wheels.py DIRECTORY`; `make wheels` tests what comes out, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import farboard_build


@dataclass(frozen=True)
class Wheel:
    """One file of a release.

    Attributes:
        target: what the engine is compiled for, as Rust names it.
        platform: where it runs, as `uname -sm` says it.
        tags: on which platforms pip installs it.
        compatibility: the same as maturin is told it; on macOS it knows by itself.
    """

    target: str
    platform: str
    tags: tuple[str, ...]
    compatibility: tuple[str, ...] = ()


# A static program runs with any libc, so one wheel could serve both kinds of Linux. For x86-64
# there are two: with musl the engine reads at 1.7 times the processor time (4 M points: 0.36 s,
# with glibc 0.21 s), and a program with glibc in it does not get both names from maturin.
WHEELS = (
    Wheel(
        "x86_64-unknown-linux-gnu",
        "Linux x86_64",
        ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("manylinux2014",),
    ),
    Wheel(
        "x86_64-unknown-linux-musl",
        "Linux x86_64",
        ("musllinux_1_1_x86_64",),
        ("musllinux_1_1",),
    ),
    Wheel(
        "aarch64-unknown-linux-musl",
        "Linux aarch64",
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"),
        ("manylinux2014", "musllinux_1_1"),
    ),
    Wheel("x86_64-apple-darwin", "Darwin x86_64", ("macosx_10_12_x86_64",)),
    Wheel("aarch64-apple-darwin", "Darwin aarch64", ("macosx_11_0_arm64",)),
)


def why_not(target: str, host: str, installed: bool) -> str | None:
    """Why a machine cannot compile for a target; None if it can.

    Args:
        target: as Rust names it.
        host: the machine itself, likewise.
        installed: whether Rust's library for the target is there.
    """
    if target.endswith("-apple-darwin") and not host.endswith("-apple-darwin"):
        return "Apple's linker and libraries are only on macOS"
    if target.endswith("-linux-gnu") and target != host:
        return "this machine has no C library to link for it"
    if not installed:
        return f"Rust's library for it is missing: rustup target add {target}"
    return None


def is_installed(target: str) -> bool:
    """Whether Rust's library for a target is on this machine."""
    command = [os.environ.get("RUSTC", "rustc"), "--print", "target-libdir", "--target", target]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Path(said.strip()).is_dir()


def build(wheel: Wheel, directory: Path) -> None:
    """Compiles the engine and packs it, the package and the page, which has to be built."""
    chosen = ["--compatibility", *wheel.compatibility] if wheel.compatibility else []
    farboard_build.run(
        [
            *(sys.executable, "-m", "maturin", "build", "--release", "--target", wheel.target),
            *("--out", str(directory), *chosen),
        ],
        cwd=farboard_build.ROOT,
        env={**os.environ, **farboard_build.static_engine_environment(wheel.target)},
    )


def main(directory: Path) -> None:
    """Builds what can be built here, and says what is left for another machine."""
    host = farboard_build.host_target()
    farboard_build.build_page()
    left_out = []
    for wheel in WHEELS:
        reason = why_not(wheel.target, host, is_installed(wheel.target))
        if reason:
            left_out.append(f"{wheel.target}: {reason}")
        else:
            build(wheel, directory.absolute())
    for line in left_out:
        print("farboard: not built:", line)
    if len(left_out) == len(WHEELS):
        sys.exit("farboard: this machine can build no wheel of a release")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
