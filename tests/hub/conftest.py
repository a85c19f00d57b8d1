from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from farboard.hub import source as source_module
from farboard.hub.app import make_app
from farboard.hub.auth import Auth
from farboard.hub.sources import Sources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "LISTEN_AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(source_module, "NUMBERS_EVERY_S", 0.02)
    monkeypatch.setattr(source_module, "STATUS_EVERY_S", 0.02)


@pytest.fixture
def auth() -> Auth:
    return Auth()


@pytest.fixture
async def sources() -> AsyncIterator[Sources]:
    sources = Sources()
    yield sources
    await sources.close()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    directory = tmp_path / "static"
    directory.mkdir()
    (directory / "index.html").write_text("<!doctype html><title>page</title>")
    (directory / "app-0123456789.js").write_text("//" + "x" * 5000)
    (directory / "plain.js").write_text("//")
    (tmp_path / "secret.txt").write_text("not for you")
    return directory


@pytest.fixture
def refused() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def client(
    sources: Sources, auth: Auth, bundle: Path, refused: list[tuple[str, str]]
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the hub that has the secret."""
    app = make_app(
        sources, auth, bundle=bundle, on_refused=lambda who, why: refused.append((who, why))
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://127.0.0.1:6006",
        headers={"authorization": f"Bearer {auth.secret}"},
    ) as client:
        yield client
