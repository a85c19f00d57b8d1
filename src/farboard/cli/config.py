"""The user's own defaults: `~/.config/farboard/config.toml`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from farboard.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1 << 20
THEMES = ("system", "light", "dark")
# What stands in an address as it is; all else is percent-encoded.
PLAIN = "/=@$[]|+^?*(),:"


@dataclass(frozen=True)
class Config:
    """What the file says; each has a default.

    Args:
        port: the board's own, or the next free one; None: 6006.
        open_page: whether to open a browser, as without `--no-open`.
        theme: of the page.
        page: settings of the page as they stand in the board's address behind the `#`.
        notes: what of the file is not understood, in words.
    """

    port: int | None = None
    open_page: bool = True
    theme: str = "system"
    page: str = ""
    notes: tuple[str, ...] = ()


def config_file() -> Path:
    """Return where the file is looked for."""
    base = os.environ.get("XDG_CONFIG_HOME")
    # What is no absolute path is to be ignored (XDG Base Directory Specification).
    directory = Path(base) if base and Path(base).is_absolute() else Path.home() / ".config"
    return directory / "farboard" / "config.toml"


def read_config(file: Path | None = None) -> Config:
    """Read the file; without one all is as usual.

    Raises:
        UsageError: it cannot be read, is no TOML, or a value makes no sense.
    """
    file = file or config_file()
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is larger than 1 MB", "is it the right file?")
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    return _Reader(file, table).config()


class _Reader:
    """Takes known keys out of the table; what is left over was not understood."""

    def __init__(self, file: Path, table: Mapping[str, Any]) -> None:
        self._file = file
        self._left = dict(table)

    def config(self) -> Config:
        return Config(
            port=self._port(),
            open_page=self._flag("open", default=True),
            theme=self._theme(),
            page=self._page(),
            notes=tuple(f"{self._file}: {key} is not known; ignored" for key in self._left),
        )

    def _port(self) -> int | None:
        port = self._left.pop("port", None)
        if port is None or (isinstance(port, int) and 0 < port <= 65535 and port is not True):
            return port
        raise self._wrong("port", "a number from 1 to 65535")

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._left.pop(key, default)
        if isinstance(value, bool):
            return value
        raise self._wrong(key, "true or false")

    def _theme(self) -> str:
        theme = self._left.pop("theme", THEMES[0])
        if isinstance(theme, str) and theme in THEMES:
            return theme
        raise self._wrong("theme", "one of " + ", ".join(f'"{name}"' for name in THEMES))

    def _page(self) -> str:
        page = self._left.pop("page", {})
        if not isinstance(page, dict):
            raise self._wrong("page", "a table: [page]")
        return "&".join(self._setting(name, value) for name, value in page.items())

    def _setting(self, name: str, value: object) -> str:
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise self._wrong(f"page.{name}", "a text or a number, as in the board's address")
        return f"{quote(name, safe='')}={quote(str(value), safe=PLAIN)}"

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(f"{self._file}: {key} must be {wanted}")
