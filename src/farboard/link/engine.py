"""Finds the engine program that belongs to this package, and says for which platform it is."""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import platform
import shutil
import struct
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.errors import FarboardError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "farboard-engine"
ENVIRONMENT = "FARBOARD_ENGINE"
_ENOUGH_BYTES = 20
# e_machine of the ELF header → `uname -m`.
_ELF_MACHINES = {3: "i686", 21: "ppc64le", 22: "s390x", 40: "armv7l", 62: "x86_64", 183: "aarch64"}
# The magic number and the cputype of a Mach-O header, little-endian.
_MACH_O_64 = b"\xcf\xfa\xed\xfe"
_MACH_O_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
_SAME_MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Engine:
    """An engine program on this machine's disk.

    Attributes:
        platform: as `uname -sm` says it, e.g. "Linux x86_64".
    """

    path: Path
    platform: str

    @functools.cached_property
    def content(self) -> bytes:
        """The program itself."""
        return self.path.read_bytes()

    @functools.cached_property
    def sha256(self) -> str:
        """The hash it is known by on far machines."""
        return hashlib.sha256(self.content).hexdigest()

    @functools.cached_property
    def packed(self) -> bytes:
        """The program, gzip-compressed."""
        # Level 9 saves 1 % and takes four times as long: more than its bytes on a slow link.
        return gzip.compress(self.content, 5, mtime=0)

    def runs_on(self, far_platform: str) -> bool:
        """Whether `uname -sm` of a machine names this program's platform."""
        return normal_platform(far_platform) == normal_platform(self.platform)

    def runs_here(self) -> bool:
        """Whether this machine is of the program's platform."""
        return self.runs_on(f"{platform.system()} {platform.machine()}")


def find_engine(asked: Path | None = None) -> Engine:
    """Find the engine: asked for, `$FARBOARD_ENGINE`, beside the package, on PATH, or built here.

    Raises:
        FarboardError: there is none, or the one that was asked for cannot be used.
    """
    explicit = asked or _from_environment()
    if explicit:
        if not _is_program(explicit):
            raise FarboardError(f"the engine {explicit} is not a program that can be run")
        return Engine(explicit.absolute(), platform_of(explicit))
    for path in _candidates():
        if _is_program(path):
            return Engine(path.absolute(), platform_of(path))
    raise FarboardError(
        f"the program {NAME} is missing from this installation",
        'install Farboard again, or build it: "make engine"',
    )


def _from_environment() -> Path | None:
    value = os.environ.get(ENVIRONMENT, "")
    return Path(value) if value else None


def _candidates() -> Iterator[Path]:
    for directory in program_directories():
        yield directory / NAME
    on_path = shutil.which(NAME)
    if on_path:
        yield Path(on_path)
    # With a target triple first: those are the static builds that run anywhere.
    yield from (path for path in built_engines() if Engine(path, platform_of(path)).runs_here())


def program_directories() -> Iterator[Path]:
    """Where an install may have put programs: the first is the usual one."""
    yield Path(sysconfig.get_path("scripts"))
    # A user or editable install puts them beside the interpreter or in the user's own scheme.
    yield Path(sys.executable).parent
    yield Path(sysconfig.get_path("scripts", f"{os.name}_user"))


def built_engines() -> Iterator[Path]:
    """Engines built in this source tree, for whatever platform."""
    built = Path(__file__).parents[3] / "engine" / "target"
    candidates = [*sorted(built.glob(f"*/release/{NAME}")), built / "release" / NAME]
    yield from filter(_is_program, candidates)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def platform_of(path: Path) -> str:
    """Read a program's platform in its header; any other file is taken to be for this machine."""
    with path.open("rb") as file:
        head = file.read(_ENOUGH_BYTES)
    return platform_of_program(head) or f"{platform.system()} {platform.machine()}"


def platform_of_program(head: bytes) -> str | None:
    """Return what the first bytes of an ELF or Mach-O program say; None for anything else."""
    if len(head) < _ENOUGH_BYTES:
        return None
    if head[:4] == b"\x7fELF":
        order = "<" if head[5] == 1 else ">"
        machine = _ELF_MACHINES.get(struct.unpack(order + "H", head[18:20])[0])
        return machine and f"Linux {machine}"
    if head[:4] == _MACH_O_64:
        machine = _MACH_O_MACHINES.get(struct.unpack("<I", head[4:8])[0])
        return machine and f"Darwin {machine}"
    return None


def normal_platform(name: str) -> str:
    """Return the one name of a platform that has several: "Darwin arm64" is "Darwin aarch64"."""
    system, _, machine = name.partition(" ")
    return f"{system} {_SAME_MACHINE.get(machine, machine)}"
