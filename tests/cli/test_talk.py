"""Lines that stay, the one that passes, and what is said about links."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console

from farboard.cli.link_talk import LinkTalk
from farboard.cli.talk import Talk

if TYPE_CHECKING:
    import pytest


def terminal(**more: Any) -> tuple[Talk, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=60, color_system=None, highlight=False,
                      _environ={"TERM": "xterm"}, **more)  # fmt: skip
    return Talk(console), out


def pipe() -> tuple[Talk, io.StringIO]:
    out = io.StringIO()
    return Talk(Console(file=out, force_terminal=False, width=60, _environ={})), out


def screen(out: io.StringIO) -> list[str]:
    """What is left to see: each line after its last clearing."""
    lines = out.getvalue().split("\n")
    return [re.split(r"\r\x1b\[2K", line)[-1] for line in lines]


def test_the_passing_line_is_rewritten_in_place() -> None:
    talk, out = terminal()
    talk.passing("sending 1 of 3 MB")
    talk.passing("sending 2 of 3 MB")
    talk.line("something else")
    talk.passing("sending 3 of 3 MB")
    assert screen(out) == ["something else", "sending 3 of 3 MB"]
    talk.passing("")
    assert screen(out) == ["something else", ""]


def test_the_passing_line_never_wraps() -> None:
    talk, out = terminal()
    talk.passing("x" * 500)
    assert len(screen(out)[-1]) < 60


def test_without_a_terminal_there_is_no_passing_line() -> None:
    talk, out = pipe()
    talk.passing("sending")
    talk.line(
        "a line longer than the sixty columns of the terminal that is not there, in one piece"
    )
    assert len(out.getvalue().splitlines()) == 1
    assert "sending" not in out.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    Talk(Console(file=out, force_terminal=True)).line("text", "bold red")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue())


def entry(state: str, **more: Any) -> dict[str, Any]:
    return {"type": "source", "source": {
        "source": "gpu1:runs", "state": state, "message": "", "hint": "", "next_try_at_s": None,
        "last_heard_at_s": time.time() - 33120, "kind": "ssh",
        "load": {"state": "live", "points": 100}, **more,
    }}  # fmt: skip


def test_a_blip_is_not_worth_a_word() -> None:
    talk, out = terminal()
    links = LinkTalk(talk)
    for state in ("live", "quiet", "live"):
        links.hear(entry(state))
    assert out.getvalue().strip("\r\x1b[2K") == ""


def test_a_loss_is_one_line_and_the_return_another() -> None:
    talk, out = terminal()
    links = LinkTalk(talk)
    links.hear(entry("live"))
    links.hear(entry("lost", message="no answer"))
    assert re.match(r"gpu1:runs: no connection since \d\d:\d\d:\d\d", screen(out)[-1])
    for _ in range(9):
        links.hear(entry("retrying"))
        links.hear(entry("lost", next_try_at_s=time.time() + 4))
    assert len(screen(out)) == 1
    links.hear(entry("live", load={"state": "live", "points": 34912}))
    assert screen(out) == [
        "gpu1:runs: back after 9 h 12 min, 34 812 new points",
        "",
    ]


def test_new_points_that_come_right_after_the_return_are_counted() -> None:
    talk, out = pipe()
    links = LinkTalk(talk)
    for state, points in (("live", 100), ("lost", 100), ("live", 100), ("live", 107)):
        links.hear(entry(state, load={"state": "live", "points": points}))
    assert out.getvalue().splitlines()[1:] == [
        "gpu1:runs: back after 9 h 12 min, 7 new points",
    ]


def test_an_index_that_cannot_be_kept_is_told_once() -> None:
    talk, out = pipe()
    links = LinkTalk(talk)
    index = {"state": "unwritable", "message": "no index is kept; about 57 MB of memory"}
    for state in ("live", "quiet", "live"):
        links.hear(entry(state, index=index))
    assert out.getvalue().splitlines() == [f"gpu1:runs: {index['message']}"]


def test_without_a_terminal_a_loss_is_told_once() -> None:
    talk, out = pipe()
    links = LinkTalk(talk)
    for state in ("live", "lost", "retrying", "lost", "retrying", "live", "live", "live"):
        links.hear(entry(state))
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert "no connection since" in lines[0]
    assert "back after" in lines[1]


def test_a_needed_login_rings_once() -> None:
    talk, out = terminal()
    links = LinkTalk(talk)
    links.hear(entry("live"))
    links.hear(entry("lost"))
    for _ in range(3):
        links.hear(entry("retrying"))
        links.hear(entry("needs_you", message="gpu1 wants you to log in again"))
    assert out.getvalue().count("\a") == 1
    assert out.getvalue().count("gpu1:runs: login needed — press Enter") == 1


def test_another_identity_is_told_with_what_to_do() -> None:
    talk, out = pipe()
    links = LinkTalk(talk)
    links.hear(entry("live"))
    for _ in range(2):
        links.hear(entry("needs_you", cause="identity", message="it has changed", hint="ask"))
    assert out.getvalue().splitlines()[1:] == [
        "gpu1:runs: it has changed",
        "gpu1:runs: ask; then press Enter",
    ]


def test_what_writes_into_our_stream_is_named_once() -> None:
    talk, out = terminal()
    links = LinkTalk(talk)
    for _ in range(3):
        links.hear(entry("lost", cause="garbled", message='gpu1: "LATE"', hint="check jobs"))
        links.hear(entry("live"))
    assert out.getvalue().count('gpu1: "LATE"; check jobs') == 1


def test_other_files_after_a_reconnect_are_told_once() -> None:
    talk, out = pipe()
    links = LinkTalk(talk)
    for _ in range(2):
        links.hear(entry("live", moved={"from": "login1", "to": "login2", "at_s": 1.0}))
    (line,) = out.getvalue().splitlines()
    assert line == ("gpu1:runs: login2 shows different files than login1 did; reloaded from there")


def test_a_terminal_that_is_gone_is_no_reason_to_fail() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(5, "Input/output error")

    talk = Talk(Console(file=Gone(), force_terminal=True))
    talk.passing("x")
    talk.line("y")
    talk.bell()
