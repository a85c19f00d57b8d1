"""ssh asks in the user's terminal, and Ctrl-C there ends everything: in terminals of our making."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from tests.link.helpers import children
from tests.ssh.far import new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio, sys
from pathlib import Path
from farboard.link import Link, LinkOptions, Timing
from farboard.target import parse_target

async def main():
    options = LinkOptions(
        ssh_arguments=("-F", sys.argv[1]), engine=Path(sys.argv[2]),
        timing=Timing(touch_s=1.5, shared_s=1.6, login_s=1.8, grace_s=60.0),
    )
    link = Link(parse_target("gpu1:runs"), options)
    try:
        await link.start()
        print("STATE", link.state.state, flush=True)
        if sys.argv[3:]:
            await asyncio.sleep(3600)
    finally:
        print("GOODBYE", await link.close(), flush=True)

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("INTERRUPTED", flush=True)
"""


class Screen:
    """A program in a terminal of its own, in the foreground there."""

    def __init__(self, arguments: list[str]) -> None:
        self._keyboard, terminal = pty.openpty()
        self.text = ""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        # A session of its own gets the first terminal it opens as its controlling terminal.
        self.process = subprocess.Popen(
            [sys.executable, "-c", _IN_TERMINAL, os.ttyname(terminal), PROGRAM, *arguments],
            env=environment,
            start_new_session=True,
        )
        self._terminal = terminal

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        """Reads the screen until a text is on it."""
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} never came:\n{self.text}"
            readable, _, _ = select.select([self._keyboard], [], [], 0.1)
            if readable:
                self.text += os.read(self._keyboard, 4096).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        """Presses keys."""
        os.write(self._keyboard, keys.encode())

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def close(self) -> None:
        """Takes the terminal away."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._keyboard)
        os.close(self._terminal)


_IN_TERMINAL = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(terminal, fd)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[2:]])
"""


@pytest.fixture
def screen(far: FarMachine, engine: Path, tmp_path: Path) -> Iterator[Screen]:
    """A program that connects with a key that needs a passphrase."""
    far.client_key = new_key(tmp_path / "locked", "open sesame")
    far.start()
    far.configure_client()
    screen = Screen([str(far.client_config), str(engine)])
    with contextlib.closing(screen):
        yield screen


def test_ssh_asks_for_the_passphrase_in_the_terminal(screen: Screen) -> None:
    screen.wait_for("Enter passphrase for key")
    # Longer than the login may take: time in which a secret is typed does not count.
    time.sleep(2.0)
    assert not screen.echoes
    screen.type("open sesame\n")
    screen.wait_for("STATE live")
    screen.wait_for("GOODBYE True")
    assert screen.process.wait(10) == 0
    assert screen.echoes
    assert "waiting" not in screen.text
    assert "open sesame" not in screen.text


def test_a_wrong_passphrase_is_asked_for_again(screen: Screen) -> None:
    screen.wait_for("Enter passphrase for key")
    screen.type("let me in\n")
    screen.text = ""
    screen.wait_for("Enter passphrase for key")
    screen.type("open sesame\n")
    screen.wait_for("STATE live")
    screen.wait_for("GOODBYE True")


def test_ctrl_c_at_the_prompt_ends_everything_and_restores_the_terminal(screen: Screen) -> None:
    screen.wait_for("Enter passphrase for key")
    assert not screen.echoes
    assert len(children(screen.process.pid)) == 1
    screen.type("\x03")
    screen.wait_for("INTERRUPTED")
    assert screen.process.wait(10) == 0
    assert screen.echoes


def test_ctrl_c_while_live_lets_the_engine_say_goodbye(far: FarMachine, engine: Path) -> None:
    far.start()
    screen = Screen([str(far.client_config), str(engine), "and stay"])
    with contextlib.closing(screen):
        screen.wait_for("STATE live")
        screen.type("\x03")
        screen.wait_for("GOODBYE True")
        screen.wait_for("INTERRUPTED")
        assert screen.process.wait(10) == 0
