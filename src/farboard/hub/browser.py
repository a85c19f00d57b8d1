"""Opens the page in the user's browser without showing the one-time code to other accounts."""

from __future__ import annotations

import contextlib
import html
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path

REDIRECT = """<!doctype html>
<html><head><meta charset="utf-8"><title>Farboard</title>
<meta http-equiv="refresh" content="0; url={url}"></head>
<body><a href="{url}">Farboard</a></body></html>
"""


def can_open() -> bool:
    """Whether a browser on this machine is likely to appear in front of the user."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    if "microsoft" in platform.release().lower():  # WSL: the browser is on the Windows side
        return False
    if sys.platform in ("darwin", "win32") or os.environ.get("BROWSER"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Redirect:
    """A file that leads the browser to an address.

    Command lines are visible to every account of the machine (`ps`); this file only to the user.
    """

    def __init__(self, url: str) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="farboard-", dir=_readable_place()))
        self.file = self._directory / "open.html"
        content = REDIRECT.format(url=html.escape(url, quote=True))
        with os.fdopen(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(content)

    def open(self) -> bool:
        """Show it in the browser; may wait for the browser's start. False: there is none."""
        try:
            return webbrowser.open(self.file.as_uri())
        except (webbrowser.Error, OSError):
            return False

    def remove(self) -> None:
        """Remove the file; the code in it may be used or not."""
        shutil.rmtree(self._directory, ignore_errors=True)


def _readable_place() -> str | None:
    """Where the browser can read: a snap has its own /tmp, but sees ~/snap/NAME/common."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = ["xdg-settings", "get", "default-web-browser"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=2, check=False)
        snap, underscore, _ = answer.stdout.strip().partition("_")
        common = Path.home() / "snap" / snap / "common"
        if underscore and common.is_dir():
            return os.fspath(common)
    return None
