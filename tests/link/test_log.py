"""The log of a link: private, bounded, readable, and nothing in it lets anybody in."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link import log as log_module
from farboard.link.log import KEPT_LOGS, LinkLog, LogFile, without_secrets
from farboard.link.state import LinkState
from farboard.link.trace import is_debug_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "farboard" / "log"


def test_it_is_for_its_user_alone(logs: Path) -> None:
    log = LogFile("farboard")
    log.write("a word")
    assert log.path.parent == logs
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    assert stat.S_IMODE(logs.parent.stat().st_mode) == 0o700
    assert log.path.read_text().endswith(" a word\n")
    log.close()


def test_it_is_bounded(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MAX_BYTES", 1000)
    log = LogFile("farboard")
    for number in range(200):
        log.write(f"line {number}")
    sizes = [path.stat().st_size for path in logs.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1000
    assert log.path.read_text().splitlines()[-1].endswith("line 199")
    log.close()


def test_old_ones_go(logs: Path) -> None:
    logs.mkdir(parents=True)
    for number in range(KEPT_LOGS + 5):
        (logs / f"farboard-2020010{number // 10}-00000{number % 10}-1.log").touch()
    LogFile("farboard").close()
    assert len(list(logs.iterdir())) == KEPT_LOGS
    assert not (logs / "farboard-20200100-000000-1.log").exists()


def test_lines_from_elsewhere_stay_one_line() -> None:
    log = LogFile("farboard")
    log.write("one\ntwo\x1b[2J" + "x" * 5000)
    (line,) = log.path.read_text().splitlines()
    assert "one\\ntwo\\x1b[2J" in line
    assert len(line) < 2100
    log.close()


def test_no_place_for_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "farboard").write_text("in the way")
    with pytest.raises(FarboardError, match="cannot be written"):
        LogFile("farboard")


@pytest.mark.parametrize("template", [
    "http://127.0.0.1:6006/#code={}",
    "hub: GET /api/blob/x?run=a&expires=1700000000&sig={} 200",
    "Authorization: Bearer {}",
    '{{"secret": "{}"}}',
    'debug1: channel 0: setting env TOKEN = "{}"',
    "debug1: Executing proxy command: exec cloudflared access ssh --token {}",
    "debug2: checking match for 'exec \"get {}\"' host gpu1",
    "debug1: Sending command: exec /bin/sh -c 'w=FARBOARD; t=$w-{}; u=1'",
    "FARBOARD-{} platform Linux x86_64",
    "?token={}&x=y",
])  # fmt: skip
def test_secrets_are_removed(template: str) -> None:
    secret = "0123456789abcdef0123456789abcdef"
    shown = without_secrets(template.format(secret))
    assert secret not in shown
    assert "…" in shown


@pytest.mark.parametrize("text", [
    "debug1: Connecting to 127.0.0.1 [127.0.0.1] port 22.",
    "GET /api/values?run=a&tag=code%20quality 200, 12 bytes, 3 ms",
    "gpu1:runs: live",
    "exit code=3",
])  # fmt: skip
def test_all_else_stays(text: str) -> None:
    assert without_secrets(text).split("=")[0] == text.split("=")[0]


def test_a_state_is_told_when_its_words_change() -> None:
    file = LogFile("farboard")
    log = LinkLog(file, "gpu1:runs")
    now_s = time.time()
    log.state(LinkState("live", now_s, rtt_ms=1.0))
    log.state(LinkState("live", now_s, rtt_ms=2.0))
    log.state(LinkState("lost", now_s, "no answer", "wait", next_try_at_s=now_s + 8))
    lines = [line.partition("gpu1:runs: ")[2] for line in file.path.read_text().splitlines()]
    assert lines == ["live", "lost - no answer - wait - next try in 8 s"]
    file.close()


@pytest.mark.parametrize(("line", "is_debug"), [
    ("debug1: Connecting to 127.0.0.1", True),
    ("debug3: x", True),
    ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026", True),
    ('Authenticated to 127.0.0.1 ([127.0.0.1]:22) using "publickey".', True),
    ("Transferred: sent 6792, received 1877652 bytes, in 1.8 seconds", True),
    ("you@gpu1: Permission denied (publickey).", False),
    ("Welcome to debug1: the host", False),
])  # fmt: skip
def test_what_ssh_says_only_when_asked_is_told_apart(line: str, is_debug: bool) -> None:
    assert is_debug_line(line) is is_debug


def test_a_disk_that_is_full_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogFile("farboard")
    log.close()
    log.write("into a closed file")
    write: Callable[[str], None] = log.write
    write("and again")
