"""Ways to a far shell other than ssh: commands that give one an input and an output."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from farboard.errors import ConnectError, LoginError, RemoteError, TargetError
from farboard.target import parse_target
from tests.link.helpers import Recorder, engine_pid, status, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

    MakeLink = Callable[..., Link]


class Box:
    """A `box` on PATH that runs what it is given, somewhere else, after what the test says."""

    def __init__(self, far: FakeSsh) -> None:
        self.far = far
        self._start_up = far.bin / "start-up.sh"
        self._start_up.write_text("")
        self._calls = far.bin / "calls"
        program = far.bin / "box"
        program.write_text(
            "#!/bin/sh\n"
            f"HOME='{far.home}' XDG_CACHE_HOME='{far.cache}' XDG_RUNTIME_DIR=\n"
            "export HOME XDG_CACHE_HOME XDG_RUNTIME_DIR\n"
            f"echo \"$*\" >>'{self._calls}'\n"
            f". '{self._start_up}'\n"
            'while [ "$1" != /bin/sh ]; do shift; done\n'
            'exec "$@"\n'
        )
        program.chmod(0o700)

    def starts_with(self, script: str) -> None:
        self._start_up.write_text(script + "\n")

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def box(fake_ssh: FakeSsh) -> Box:
    return Box(fake_ssh)


async def test_cold_then_warm(box: Box, make_link: MakeLink) -> None:
    target = parse_target("c1:/data/a b", via="box exec -i {}")
    assert (target.machine, target.label, target.way) == ("c1", "c1:/data/a b", "box exec -i c1")
    for _ in range(2):
        link = make_link(target)
        await link.start()
        assert (await status(link))["arguments"][2] == b"/data/a b".hex()
        assert await link.close()
    assert box.calls == ["exec -i c1 /bin/sh"] * 2
    assert [engine.name[:7] for engine in box.far.engines] == ["engine-"]


@pytest.mark.parametrize(
    "start_up",
    [
        "echo welcome; echo to the box >&2",
        "read line; read another",
        "head -c 60 >/dev/null",
        "sleep 0.3; read line",
    ],
)
async def test_start_up_files_may_print_and_eat_the_input(
    start_up: str, box: Box, make_link: MakeLink
) -> None:
    box.starts_with(start_up)
    link = make_link(parse_target(":runs", via="box exec c1"))
    await link.start()
    assert await link.close()


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh"])
async def test_shells_that_read_ahead(shell: str, box: Box, make_link: MakeLink) -> None:
    box.starts_with(f"sleep 0.2; shift $(($# - 1)); command -v {shell} >/dev/null && exec {shell}")
    link = make_link(parse_target(":runs", via="box exec c1"))
    await link.start()
    assert await link.close()


async def test_it_comes_back_and_then_has_no_terminal_to_ask_in(
    box: Box, make_link: MakeLink
) -> None:
    asked = box.far.home / "asked"
    box.starts_with(f"(echo >/dev/tty) 2>/dev/null || echo none >>{asked}")
    recorder = Recorder()
    link = make_link(parse_target(":runs", via="box exec c1"), recorder)
    await link.start()
    before = await engine_pid(link)
    with pytest.raises(Exception):  # noqa: B017 - it breaks off, in whatever way
        await (await link.request("GET", "/exit?0")).read()
    await until(lambda: recorder.names[-1] == "live" and recorder.names.count("live") > 1)
    assert await engine_pid(link) != before
    assert asked.read_text().splitlines()[-1] == "none"
    assert box.calls == ["exec c1 /bin/sh"] * 2


@pytest.mark.parametrize(
    ("start_up", "error", "says"),
    [
        (
            "echo 'Error response from daemon: No such container: c1' >&2; exit 1",
            ConnectError,
            'before a shell was there (exit 1). It said: "Error response from daemon: No such',
        ),
        (
            "echo 'you@gpu1: Permission denied (publickey).' >&2; exit 255",
            LoginError,
            'c1 refused the login as "you" (tried: publickey)',
        ),
        ("exec cat >/dev/null", RemoteError, "the login shell never ran our command"),
    ],
)
async def test_what_does_not_work_is_said(
    start_up: str, error: type[Exception], says: str, box: Box, make_link: MakeLink
) -> None:
    box.starts_with(start_up)
    with pytest.raises(error) as caught:
        await make_link(parse_target(":runs", via="box exec c1")).start()
    assert says in str(caught.value)


async def test_no_such_program(make_link: MakeLink) -> None:
    with pytest.raises(ConnectError, match='there is no program "no-such-box"'):
        await make_link(parse_target(":runs", via="no-such-box exec c1")).start()


async def test_what_is_waited_for_is_said(box: Box, make_link: MakeLink) -> None:
    box.starts_with("sleep 30")
    said: list[str] = []
    link = make_link(parse_target(":runs", via="box exec c1"), say=said.append)
    starting = asyncio.ensure_future(link.start())
    # Patience is short here: whoever leads there is named long before it ends.
    with pytest.raises(RemoteError):
        await starting
    assert link.state.message != ""


@pytest.mark.parametrize(
    ("text", "via", "says"),
    [
        ("c1:runs", "", "--via is empty"),
        ("c1:runs", "docker 'exec", "cannot be split"),
        (":runs", "docker exec -i {}", "names no machine"),
        ("a;b:runs", "docker exec {}", "contains"),
        ("-x:runs", "docker exec {}", 'begins with "-"'),
    ],
)
def test_what_makes_no_sense(text: str, via: str, says: str) -> None:
    with pytest.raises(TargetError, match=says.replace("-", "[-]")):
        parse_target(text, via=via)


def test_the_machine_is_what_the_command_goes_to() -> None:
    def machine(via: str) -> str:
        return parse_target(":/data", via=via).machine

    assert machine("docker exec -i box") == "box"
    assert machine("ssh bastion ssh gpu1") == "gpu1"
    assert machine("kubectl exec -i pod-1 --") == "pod-1"
    assert machine("srun --overlap --jobid 4242") == "4242"
    assert machine("wsl") == "wsl"
    assert parse_target(":", via="docker exec -i box").label == "box:~"


def test_directories_here_stay_here(tmp_path: Path) -> None:
    assert parse_target(str(tmp_path), via="docker exec -i {}").kind == "local"
