"""Finds an engine for a machine of another platform than this one's, or gets it.

It is looked for beside the installed one and in this source tree, by name and by what its header
says; then in the cache; then the wheel of this very version is had from the package index by pip,
with the user's own configuration of it, and the engine is taken out of that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from farboard import __version__
from farboard.errors import FarboardError
from farboard.link.classify import no_engine_for
from farboard.link.engine import (
    NAME,
    Engine,
    built_engines,
    find_engine,
    normal_platform,
    platform_of,
    platform_of_program,
    program_directories,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from farboard.target import Target

_DOWNLOAD_S = 300.0
_MOST_BYTES = 64 * 1024 * 1024
_QUOTE_CHARS = 200
# Which wheels run on a platform; pip takes the best of them.
_WHEEL_TAGS = {
    "Linux x86_64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"),
    "Linux aarch64": ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"),
    "Darwin x86_64": ("macosx_10_12_x86_64",),
    "Darwin aarch64": ("macosx_11_0_arm64",),
}


class _NotHadError(Exception):
    """The package index does not give the engine."""


async def find_foreign_engine(
    far_platform: str, target: Target, asked: Path | None, note: Callable[[str], None]
) -> Engine:
    """Return an engine for a platform other than that of the engine we would have sent.

    Args:
        far_platform: as `uname -sm` says it.
        target: for whom, in sentences.
        asked: the engine that was asked for and is of no use there.
        note: called with a sentence about what is being done.

    Raises:
        RemoteError: there is none.
    """
    name = normal_platform(far_platform)
    for path in _places(name, asked):
        if path.is_file() and normal_platform(platform_of(path)) == name:
            return Engine(path.absolute(), name)
    why = "no wheel is made for it"
    if name in _WHEEL_TAGS:
        note(f"getting the engine for {name} from the package index, once")
        try:
            return Engine(await _download(name), name)
        except _NotHadError as error:
            why = str(error)
    ours = normal_platform(platform_of(asked or find_engine().path))
    raise no_engine_for(target, far_platform, ours, why)


def _places(name: str, asked: Path | None) -> Iterator[Path]:
    if asked:
        with contextlib.suppress(FarboardError):
            yield find_engine().path
    for directory in program_directories():
        yield directory / _file_name(name)
    yield from built_engines()
    cached = _cached(name)
    if cached:
        yield cached


def _file_name(name: str) -> str:
    """Return how the engine of a platform is called beside ours: farboard-engine-linux-aarch64."""
    return f"{NAME}-{name.lower().replace(' ', '-')}"


def _cached(name: str) -> Path | None:
    cache = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # Nobody knows where this user's home is.
        return None
    return home / "farboard" / "engines" / __version__ / _file_name(name)


async def _download(name: str) -> Path:
    with tempfile.TemporaryDirectory(prefix="farboard-wheel-") as directory:
        await _pip_download(name, directory)
        program = await asyncio.to_thread(_take_out, directory, name)
    return _keep(program, name)


async def _pip_download(name: str, directory: str) -> None:
    tags = [word for tag in _WHEEL_TAGS[name] for word in ("--platform", tag)]
    command = [
        *(sys.executable, "-m", "pip", "download", f"farboard=={__version__}"),
        *("--dest", directory, "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"),
        *("--disable-pip-version-check", "--implementation", "py", "--abi", "none", *tags),
    ]
    # In a session of its own: pip must not ask in the terminal while ssh may.
    pip = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = await asyncio.wait_for(pip.communicate(), _DOWNLOAD_S)
    except asyncio.TimeoutError:
        raise _NotHadError(f"pip was not done after {_DOWNLOAD_S:.0f} s") from None
    finally:
        if pip.returncode is None:
            pip.kill()
            await pip.wait()
    if pip.returncode:
        raise _NotHadError(f'pip says: "{_last_line(said)}"')


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    # What follows an error is advice about pip.
    errors = [line for line in lines if line.lower().startswith("error")] or lines
    printable = "".join(c for c in (errors[-1] if errors else "nothing") if c.isprintable())
    return printable[:_QUOTE_CHARS]


def _take_out(directory: str, name: str) -> bytes:
    """Return the engine in the wheel of a directory, if it is one for that platform."""
    wheel = next(Path(directory).glob("*.whl"), None)
    if wheel is None:
        raise _NotHadError("pip brought no wheel")
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries = [
                entry
                for entry in archive.infolist()
                if entry.filename.endswith(f".data/scripts/{NAME}")
            ]
            if len(entries) != 1 or entries[0].file_size > _MOST_BYTES:
                raise _NotHadError(f"there is no engine in {wheel.name}")
            with archive.open(entries[0]) as file:
                # The size in the archive's list is only what somebody wrote there.
                program = file.read(_MOST_BYTES + 1)
    except (OSError, zipfile.BadZipFile) as error:
        raise _NotHadError(f"{wheel.name} cannot be read ({error})") from None
    found = platform_of_program(program[:64])
    if len(program) > _MOST_BYTES or found is None or normal_platform(found) != name:
        raise _NotHadError(f"what is in {wheel.name} is no engine for {name}")
    return program


def _keep(program: bytes, name: str) -> Path:
    path = _cached(name)
    if path is None:
        raise _NotHadError("there is no cache directory on this computer to keep it in")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(prefix="new-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(program)
        Path(new).chmod(0o700)
        Path(new).replace(path)
    except OSError as error:
        raise _NotHadError(f"it cannot be kept on this computer ({error})") from None
    return path
