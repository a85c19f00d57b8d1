from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from farboard.cli.main import main
from tests.hub.fake_link import FakeLink

if TYPE_CHECKING:
    from collections.abc import Callable


class Farboard:
    """Runs the command line in this process, on fake links."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.links: list[FakeLink] = []
        self.prepare: Callable[[FakeLink], None] = lambda _link: None
        self.out = ""
        self.err = ""
        self.options: Any = None

    def make_link(self, target: Any, options: Any, on_state: Any) -> FakeLink:
        link = FakeLink(target, on_state)
        self.options = options
        self.links.append(link)
        self.prepare(link)
        return link

    def __call__(self, *arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        sys.stdout.flush()
        self.out, self.err = self._capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code


@pytest.fixture
def farboard(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Farboard:
    program = Farboard(capfd)
    monkeypatch.setattr("farboard.cli.options.Link", program.make_link)
    return program
