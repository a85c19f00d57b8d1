"""The route of groups of curves: each source is asked for its own series of every group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from farboard.hub.api_error import ApiError
from farboard.hub.asking import (
    SERIES_MAX,
    ask_some,
    join_sound,
    missing_header,
    raise_if_nobody,
    read_object,
    series_by_source,
    series_of,
)
from farboard.hub.fanout import Question
from farboard.hub.join_bands import join_bands
from farboard.hub.untrusted import parse_object, to_json
from farboard.hub.x_range import by_clock_of, clock_ahead_s, range_of_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from farboard.hub.answer import Answer
    from farboard.hub.join import Json
    from farboard.hub.source import Source
    from farboard.hub.sources import Sources

GROUPS_MAX = 1024


class Bands:
    """The answers to `/api/bands`.

    Args:
        sources: whom to ask.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def all(self) -> list[Route]:
        """For the router."""
        return [Route("/api/bands", self.bands, methods=["POST"])]

    async def bands(self, request: Request) -> Response:
        """Means with bands, of groups whose series may be of several sources."""
        asked = await read_object(request)
        groups = _groups_of(asked)
        members = [{**one, "group": at} for at, group in enumerate(groups) for one in group]
        per_source = series_by_source(self.sources, members)
        if len(per_source) > 1 and asked.get("range") is None:
            asked["range"] = await range_of_all(request, asked, per_source)
        questions = [
            Question(source, "POST", "/api/bands", _body_of(source, asked, own))
            for source, own in per_source.items()
        ]
        answers = await ask_some(request, questions)
        ids = [group.get("id", at) for at, group in enumerate(asked["groups"])]

        def joined(heard: Sequence[tuple[Source, Answer]]) -> bytes:
            parts = [
                (parse_object(answer.body), clock_ahead_s(source, asked))
                for source, answer in heard
            ]
            return to_json(join_bands(parts, ids))

        body = join_sound(answers, joined)
        raise_if_nobody(answers)
        return Response(body, media_type="application/json", headers=missing_header(answers))


def _groups_of(asked: Json) -> list[list[Json]]:
    """Return the series of the asked groups."""
    groups = asked.get("groups")
    if not isinstance(groups, list) or not 1 <= len(groups) <= GROUPS_MAX:
        raise ApiError("bad_request", f"groups must list 1 to {GROUPS_MAX} groups")
    series = [series_of(group if isinstance(group, dict) else {}) for group in groups]
    if sum(map(len, series)) > SERIES_MAX:
        raise ApiError("bad_request", f"the groups must have at most {SERIES_MAX} series in all")
    return series


def _body_of(source: Source, asked: Json, members: Sequence[Json]) -> bytes:
    """Return a question as a source gets it: its own series, in groups named by their places."""
    groups: dict[int, list[Json]] = {}
    for one in members:
        groups.setdefault(one["group"], []).append({"run": one["run"], "tag": one["tag"]})
    own = [{"id": at, "series": series} for at, series in groups.items()]
    return json.dumps({**by_clock_of(source, asked), "groups": own}).encode()
