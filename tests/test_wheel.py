"""What is built is what is shipped: sdist and wheel carry the page, and the engine is static."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the sdist and the wheel of this checkout."""
    directory = tmp_path_factory.mktemp("dist")
    # As pip does for a build: the hooks find their tools first on the path.
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for hook in ("build_sdist", "build_wheel"):
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT / 'build_backend')!r});"
            f"import farboard_build; farboard_build.{hook}({str(directory)!r})"
        )
        environment = {**os.environ, "PATH": tools}
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)
    yield directory
    shutil.rmtree(directory)


def engine_of(wheel: Path, directory: Path) -> Path:
    """The engine unpacked from the wheel, executable."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/farboard-engine")]
        engine = Path(archive.extract(name, directory))
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    return engine


def test_the_wheel_carries_page_engine_and_licence(distributions: Path) -> None:
    (wheel,) = distributions.glob("farboard-0.1.0-*.whl")
    assert "py3-none" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        page = archive.read("farboard/static/index.html").decode()
        metadata = next(n for n in names if n.endswith(".dist-info/METADATA"))
        assert "Requires-Python: >=3.10" in archive.read(metadata).decode()
    scripts = [name for name in names if name.startswith("farboard/static/") and ".js" in name]
    assert any(Path(name).name in page for name in scripts)
    assert any(name.endswith("/LICENSE") for name in names)
    assert "farboard/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "web/", "engine/"))]


def test_the_sdist_carries_page_backend_and_engine_sources(distributions: Path) -> None:
    (sdist,) = distributions.glob("farboard-0.1.0.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in (
        "src/farboard/static/index.html",
        "build_backend/farboard_build.py",
        "engine/src/main.rs",
        "web/package.json",
        "pyproject.toml",
    ):
        assert name in names
    assert not [name for name in names if "node_modules" in name or "/target/" in name]


@pytest.mark.skipif(sys.platform != "linux", reason="static programs are a Linux matter")
def test_the_engine_is_static(distributions: Path, tmp_path: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    engine = engine_of(wheel, tmp_path)
    if shutil.which("file"):
        said = subprocess.run(["file", engine], check=True, capture_output=True, text=True).stdout
        assert "static" in said
    needed = subprocess.run(["ldd", engine], check=False, capture_output=True, text=True)
    assert "statically linked" in needed.stdout or "not a dynamic executable" in needed.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="chroot needs root")
def test_the_engine_runs_in_an_empty_chroot(distributions: Path, tmp_path: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    root = tmp_path / "empty"
    root.mkdir()
    shutil.copy2(engine_of(wheel, tmp_path), root / "engine")
    said = subprocess.run(
        ["chroot", root, "/engine", "--version"], check=True, capture_output=True, text=True
    )
    assert said.stdout == "farboard-engine 0.1.0\n"
