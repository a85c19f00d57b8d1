"""What the page begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from farboard.hub.app import make_app
from farboard.hub.page import Page

if TYPE_CHECKING:
    from pathlib import Path

    from farboard.hub.auth import Auth
    from farboard.hub.sources import Sources


async def test_by_itself_it_is_as_usual(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/page")).json() == {
        "defaults": "",
        "theme": "system",
        "view": None,
        "view_id": "",
    }


async def test_it_is_told_defaults_and_a_view(sources: Sources, auth: Auth, bundle: Path) -> None:
    view = {"farboard": "view", "fragment": "tags=loss"}
    app = make_app(sources, auth, bundle=bundle, page=Page("smoothing=0.9", "dark", view, "1f"))
    headers = {"Authorization": f"Bearer {auth.secret}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:6006"
    ) as client:
        assert (await client.get("/api/page")).status_code == 401
        told = (await client.get("/api/page", headers=headers)).json()
    assert told == {"defaults": "smoothing=0.9", "theme": "dark", "view": view, "view_id": "1f"}
