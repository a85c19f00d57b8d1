"""What the page begins with: the user's own defaults, and a view that was opened from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True)
class Page:
    """How the page looks before anybody has touched it.

    Args:
        defaults: settings as they stand in the board's address behind the `#`.
        theme: `system`, `light` or `dark`.
        view: a view as the page saves it to a file (docs/views.md), or None.
        view_id: tells this view, opened at this start, from any other; the page uses each once.
    """

    defaults: str = ""
    theme: str = "system"
    view: dict[str, Any] | None = None
    view_id: str = ""

    def all(self) -> list[Route]:
        """For the router."""
        return [Route("/api/page", self.page, methods=["GET"])]

    async def page(self, _request: Request) -> Response:
        """Return it."""
        return JSONResponse(
            {
                "defaults": self.defaults,
                "theme": self.theme,
                "view": self.view,
                "view_id": self.view_id,
            }
        )
