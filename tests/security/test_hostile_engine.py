"""An engine that is out to do harm: bounded memory and time, one sentence, and the others go on."""

# ruff: noqa: E501 - one line for each kind of case

from __future__ import annotations

import contextlib
import os
import pty
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import farboard
from farboard.errors import FarboardError
from farboard.hub.app import make_app
from farboard.hub.auth import Auth
from farboard.hub.sources import Sources
from farboard.link import Link, LinkOptions, Timing
from farboard.link.engine import find_engine
from farboard.target import Target, parse_target
from tests.cli.programs import PROGRAM, environment, write_run
from tests.hub.fake_link import until
from tests.link.conftest import nothing_stays
from tests.link.helpers import QUICK
from tests.security.hostile_engine import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["nothing_stays"]

HOSTILE = Path(__file__).with_name("hostile_engine.py")
MEMORY_MAX_BYTES = 1536 << 20

pytestmark = pytest.mark.slow


@pytest.fixture
def engine(tmp_path: Path) -> Callable[[str], Path]:
    """Makes an engine that is hostile in one way."""

    def make(way: str) -> Path:
        path = tmp_path / "hostile-engine"
        python_path = shlex.quote(os.pathsep.join(filter(None, sys.path)))
        path.write_text(
            "#!/bin/sh\n"
            f"export HOSTILE_WAY={shlex.quote(way)} PYTHONPATH={python_path}\n"
            f'exec {shlex.quote(sys.executable)} {shlex.quote(str(HOSTILE))} "$@"\n'
        )
        path.chmod(0o700)
        return path

    return make


class TwoMachines:
    """A hub with an honest source, `here`, and a hostile one, `bad`."""

    def __init__(self, directory: Path, hostile: Path, honest: Path) -> None:
        self.sources = Sources()
        self.auth = Auth()
        for name, engine in (("here", honest), ("bad", hostile)):
            target = Target(kind="local", path=str(directory), label=name)
            timing = QUICK if name == "bad" else Timing()
            options = LinkOptions(engine=engine, timing=timing)

            def make(target: Target, on_state: Any, options: LinkOptions = options) -> Link:
                return Link(target, options, on_state)

            self.sources.add(target, make)

    async def ask(self, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(make_app(self.sources, self.auth))
        headers = {"authorization": f"Bearer {self.auth.secret}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=30
        ) as client:
            return await client.get(path)


@pytest.mark.parametrize("way", [
    *WAYS, "endless /api/changes", "bomb /api/changes", "after-end /api/changes", "lines /api/changes",
    "empty-frames /api/changes", "pings /api/changes", "settings /api/changes", "goaway /api/runs",
    "headers /api/status", "hpack-bomb /api/status", "bomb /api/runs", "bomb /api/tags",
    "after-end /api/runs", "endless /api/status", "silent /api/status", "silent /api/runs",
    "silent /api/changes",
])  # fmt: skip
async def test_the_others_go_on_beside_a_hostile_engine(
    tmp_path: Path,
    engine: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    nothing_stays: None,
    way: str,
) -> None:
    monkeypatch.setattr("farboard.hub.answer.ANSWER_MAX_BYTES", 64 << 20)
    monkeypatch.setattr("farboard.hub.source.STATUS_WITHIN_S", 2.0)
    monkeypatch.setattr("farboard.hub.fanout.DEADLINE_S", 5.0)
    write_run(tmp_path / "runs" / "a")
    before_bytes = _memory_bytes()
    honest = Path(os.environ.get("FARBOARD_ENGINE") or _built_engine())
    two = TwoMachines(tmp_path / "runs", engine(way), honest)
    here, bad = two.sources
    try:
        await here.start()
        with contextlib.suppress(FarboardError):
            await bad.start()
        await here.wait_until_read()
        for path in ("/api/runs", "/api/tags", "/api/status"):
            answer = await two.ask(path)
            assert answer.status_code == 200, (path, answer.text[:500])
            said = answer.json()
            if path == "/api/runs":
                ours = [run["run"] for run in said["runs"] if run["source"] == "here"]
                assert ours == ["a"]
            if path == "/api/tags":
                owners = [said["run_source"][place] for tag in said["tags"] for place in tag["run"]]
                assert owners.count("here") == 1
                assert [tag["tag"] for tag in said["tags"] if 0 in tag["run"]] == ["train/loss"]
        assert here.state == "live"
        assert _memory_bytes() - before_bytes < MEMORY_MAX_BYTES
    finally:
        await two.sources.close()


async def test_an_engine_that_talks_nonsense_is_named_and_may_better_itself(
    tmp_path: Path, engine: Callable[[str], Path], nothing_stays: None
) -> None:
    (tmp_path / "runs").mkdir()
    two = TwoMachines(tmp_path / "runs", engine("status-types"), engine("status-types"))
    _, bad = two.sources
    try:
        await bad.start()
        await until(lambda: "bad does not answer as an engine does" in bad.entry()["message"])
        assert not bad.ready
    finally:
        await two.sources.close()


def _memory_bytes() -> int:
    """The most this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _built_engine() -> Path:
    try:
        return find_engine().path
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.mark.parametrize("command", [
    ["ls"], ["ls", "--json"], ["export"], ["export", "--run", "."], ["export", "-o", "out.csv"],
    ["check"],
])  # fmt: skip
@pytest.mark.parametrize(
    "way", ["names", "status-nan", "runs-types", "runs-count", "tags-types", "runs-deep"]
)
def test_commands_write_nothing_but_what_was_asked_and_end_with_a_sentence(
    tmp_path: Path, engine: Callable[[str], Path], way: str, command: list[str]
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "runs").mkdir()
    done = subprocess.run(
        [*PROGRAM, *command, str(tmp_path / "runs"), "--engine", str(engine(way))],
        cwd=place,
        env=environment(tmp_path, PYTHONPATH=str(Path(farboard.__file__).parents[1])),
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert "\x1b]" not in said
    assert "\u202e" not in said
    assert done.returncode in (0, 1, 5, 6, 7), said
    if done.returncode:
        assert said.startswith("farboard: "), said
    if command[0] == "ls":
        assert b"\x1b" not in done.stdout
    expected = {"out.csv"} if "-o" in command and done.returncode == 0 else set()
    assert {path.name for path in place.iterdir()} == expected


def test_a_terminal_is_shown_control_characters_and_not_sent_them(
    tmp_path: Path, engine: Callable[[str], Path]
) -> None:
    (tmp_path / "runs").mkdir()
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [*PROGRAM, "export", str(tmp_path / "runs"), "--engine", str(engine("names"))],
        env=environment(tmp_path, PYTHONPATH=str(Path(farboard.__file__).parents[1])),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # a terminal whose other end is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    _, said = program.communicate(timeout=60)
    assert program.returncode == 0, said
    assert rb"\x1b]0;owned\x07\x1b[2J" in shown
    assert not {b"\x1b", b"\x07", b"\0", "\u202e".encode()} & {
        shown[i : i + n] for n in (1, 3) for i in range(len(shown))
    }


def test_a_target_is_no_option_and_no_path_of_ours() -> None:
    for text in ("-oProxyCommand=id:runs", "ssh://-oProxyCommand=id/x"):
        with pytest.raises(Exception):  # noqa: B017
            parse_target(text)
