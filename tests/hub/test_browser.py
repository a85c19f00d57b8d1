"""Opening the page: never with the code on a command line."""

from __future__ import annotations

import html
import re
import stat
import webbrowser
from typing import TYPE_CHECKING

import pytest

from farboard.hub import browser
from farboard.hub.browser import Redirect, can_open

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "http://127.0.0.1:6006/#code=a-b_c&\"'<"


@pytest.fixture(autouse=True)
def _plain_desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY", "BROWSER", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.release", lambda: "6.1.0")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(browser, "_readable_place", lambda: None)


@pytest.fixture
def redirect() -> Iterator[Redirect]:
    redirect = Redirect(URL)
    yield redirect
    redirect.remove()


def test_the_file_leads_to_the_address_and_is_private(redirect: Redirect) -> None:
    assert stat.S_IMODE(redirect.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(redirect.file.parent.stat().st_mode) == 0o700
    target = re.search(r'url=([^"]*)"', redirect.file.read_text())
    assert target is not None
    assert html.unescape(target[1]) == URL


def test_the_browser_gets_the_file_not_the_address(
    redirect: Redirect, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    assert redirect.open()
    assert opened == [redirect.file.as_uri()]
    assert "code" not in opened[0]


def test_no_browser_is_no_crash(redirect: Redirect, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_url: str) -> bool:
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "open", fail)
    assert redirect.open() is False


def test_removing_leaves_nothing(redirect: Redirect, tmp_path: Path) -> None:
    redirect.remove()
    redirect.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_desktop_can_open() -> None:
    assert can_open()


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_over_ssh_there_is_no_browser_in_front_of_the_user(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "x")
    assert not can_open()


def test_without_a_display_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    assert not can_open()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert can_open()


def test_in_wsl_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.release", lambda: "5.15.0-microsoft-standard-WSL2")
    assert not can_open()
