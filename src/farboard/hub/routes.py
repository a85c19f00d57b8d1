"""The HTTP routes of docs/http-api.md: each asks the sources it needs and joins what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from farboard.errors import SourceDown
from farboard.hub.api_error import ApiError
from farboard.hub.arrow import CONTENT_TYPE as ARROW
from farboard.hub.arrow import join_streams
from farboard.hub.fanout import Answers, ClientGoneError, Question, ask_all
from farboard.hub.join import join_runs, join_scalars, join_tags, joint_range
from farboard.hub.rows import CsvRows, JsonRows
from farboard.hub.source import GZIP
from farboard.hub.untrusted import parse_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request

    from farboard.hub.auth import Auth
    from farboard.hub.join import Json, Part
    from farboard.hub.source import Answer, Source
    from farboard.hub.sources import Sources

BODY_MAX_BYTES = 4 << 20
SERIES_MAX = 4096
MISSING_HEADER = "x-farboard-missing"
CSV = "text/csv"
JSON = "application/json"
CLIENT_GONE = 499


class Routes:
    """The answers to `/api/…`.

    Args:
        sources: whom to ask.
        auth: exchanges codes for the secret.
        on_login: called when a code was exchanged.
    """

    def __init__(self, sources: Sources, auth: Auth, on_login: Callable[[], None]) -> None:
        self.sources = sources
        self.auth = auth
        self.on_login = on_login

    def all(self) -> list[Route]:
        """For the router."""
        return [
            Route("/api/status", self.status, methods=["GET"]),
            Route("/api/runs", self.runs, methods=["GET"]),
            Route("/api/tags", self.tags, methods=["GET"]),
            Route("/api/scalars", self.scalars, methods=["POST"]),
            Route("/api/export", self.export, methods=["POST"]),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/code", self.code, methods=["POST"]),
            Route("/api/retry", self.retry, methods=["POST"]),
        ]

    async def status(self, _request: Request) -> Response:
        """Return the hub, and every source with what was last heard of it."""
        return JSONResponse(self.sources.status())

    async def runs(self, request: Request) -> Response:
        """Return the runs of all sources that answer."""
        parts, answers = await self._objects(request, "/api/runs")
        return JSONResponse(join_runs(parts), headers=_missing(answers))

    async def tags(self, request: Request) -> Response:
        """Return the tags of all sources that answer."""
        parts, answers = await self._objects(request, "/api/tags")
        return JSONResponse(join_tags(parts), headers=_missing(answers))

    async def login(self, request: Request) -> Response:
        """Turn a one-time code into the secret."""
        code = (await _read_object(request)).get("code")
        secret = self.auth.redeem(code) if isinstance(code, str) else None
        if secret is None:
            raise ApiError(
                "unauthorized",
                "this link was used before, or belongs to a farboard that has ended",
                "press Enter in the terminal where farboard runs for a new link",
            )
        self.on_login()
        return JSONResponse({"secret": secret})

    async def code(self, _request: Request) -> Response:
        """Return a new one-time code to who has the secret: for a second browser or start."""
        return JSONResponse({"code": self.auth.new_code()})

    async def retry(self, request: Request) -> Response:
        """Try to reconnect a source now."""
        name = (await _read_object(request)).get("source")
        source = self.sources.get(name) if isinstance(name, str) else None
        if source is None:
            raise ApiError("not_found", "there is no such source")
        source.link.retry_now()
        return JSONResponse({"ok": True})

    async def scalars(self, request: Request) -> Response:
        """Curves at the resolution of a chart, of any number of sources."""
        asked = await _read_object(request)
        per_source = self._series_by_source(_numbered(_series_of(asked)))
        if len(per_source) > 1 and asked.get("range") is None and asked.get("width_px") is not None:
            asked["range"] = await self._joint_range(request, asked, per_source)
        accept = _wanted(request)
        # One engine's stream is the whole answer: nothing of it is unpacked and packed again here.
        as_sent = accept == ARROW and len(per_source) == 1 and _takes_gzip(request)
        questions = [
            Question(source, "POST", "/api/scalars", _body(asked, series), accept, as_sent)
            for source, series in per_source.items()
        ]
        answers = await _ask_some(request, questions)
        if answers.heard[0][1].encoding == GZIP:
            return _as_sent(answers.heard[0][1])
        bodies = [(source, answer.body) for source, answer in answers.heard]
        return Response(
            self._join_bodies(accept, bodies), media_type=accept, headers=_missing(answers)
        )

    async def export(self, request: Request) -> Response:
        """Every point, streamed, one source after the other."""
        asked = await _read_object(request)
        if asked.get("format", "csv") not in ("csv", "jsonl"):
            raise ApiError("bad_request", "format must be csv or jsonl")
        if asked.get("series") is None:
            bodies = {source: _body(asked, None) for source in self.sources if source.ready}
        else:
            per_source = self._series_by_source(_series_of(asked))
            bodies = {source: _body(asked, series) for source, series in per_source.items()}
        if not bodies:
            raise SourceDown("no source is connected just now")
        down = [source.name for source in bodies if not source.ready]
        # An export that lacks a part without saying so in its rows would be taken for the whole.
        if down:
            raise SourceDown(f"not connected just now: {', '.join(down)}")
        as_csv = asked.get("format", "csv") == "csv"
        streams = [await _open_export(source, body) for source, body in bodies.items()]
        return StreamingResponse(
            self._export_rows(streams, as_csv=as_csv),
            media_type=CSV if as_csv else "application/x-ndjson",
        )

    async def _export_rows(
        self, streams: Sequence[tuple[Source, AsyncIterator[bytes]]], *, as_csv: bool
    ) -> AsyncIterator[bytes]:
        for place, (source, chunks) in enumerate(streams):
            name = self._row_name(source)
            rows = CsvRows(name, with_header=place == 0) if as_csv else JsonRows(name)
            async for chunk in chunks:
                yield rows.feed(chunk)

    def _row_name(self, source: Source) -> str | None:
        """Return what stands before a source's rows: nothing while the board has only one."""
        return source.name if len(self.sources) > 1 else None

    def _join_bodies(self, accept: str, bodies: Sequence[tuple[Source, bytes]]) -> bytes:
        if accept == ARROW:
            return join_streams([body for _, body in bodies])
        if accept == JSON:
            joined = join_scalars([(source.name, parse_object(body)) for source, body in bodies])
            return json.dumps(joined, separators=(",", ":")).encode()
        return b"".join(
            CsvRows(self._row_name(source), with_header=place == 0).feed(body)
            for place, (source, body) in enumerate(bodies)
        )

    async def _objects(self, request: Request, path: str) -> tuple[list[Part], Answers]:
        """Ask all sources for a JSON object; that nobody answers is no error."""
        answers = await _asked(request, [Question(source, "GET", path) for source in self.sources])
        parts = [(source.name, parse_object(answer.body)) for source, answer in answers.heard]
        return parts, answers

    async def _joint_range(
        self, request: Request, asked: Json, per_source: dict[Source, list[Json]]
    ) -> list[float] | None:
        questions = [Question(source, "GET", "/api/tags") for source in per_source]
        answers = await _asked(request, questions)
        parts = [(source.name, parse_object(answer.body)) for source, answer in answers.heard]
        series = [
            {**item, "source": source.name}
            for source, items in per_source.items()
            for item in items
        ]
        ends = joint_range(
            join_tags(parts), series, asked.get("x", "step"), asked.get("restarts", "latest")
        )
        return list(ends) if ends else None

    def _series_by_source(self, series: Sequence[Json]) -> dict[Source, list[Json]]:
        per_source: dict[Source, list[Json]] = {}
        for item in series:
            source = self.sources.get(item["source"])
            if source is not None:
                rest = {name: value for name, value in item.items() if name != "source"}
                per_source.setdefault(source, []).append(rest)
        if not per_source:
            raise ApiError("not_found", "none of the asked sources is on this board")
        return per_source


async def _asked(request: Request, questions: Sequence[Question]) -> Answers:
    """All answers; an engine's own refusal is passed on to the client."""
    answers = await ask_all(questions, request.is_disconnected)
    for source, answer in answers.heard:
        if answer.status != 200:
            raise _passed_on(source, answer.body)
    return answers


async def _ask_some(request: Request, questions: Sequence[Question]) -> Answers:
    """As `_asked`, but somebody has to answer."""
    answers = await _asked(request, questions)
    if not answers.heard:
        raise next(iter(answers.missing.values()))
    return answers


def _passed_on(source: Source, body: bytes) -> ApiError:
    """Return an engine's refusal in its own words."""
    error = parse_object(body).get("error")
    if not isinstance(error, dict) or error.get("code") not in ("bad_request", "too_large"):
        return ApiError("internal", f"{source.name} could not answer", str(error or ""))
    return ApiError(error["code"], str(error.get("message", "")), str(error.get("hint", "")))


async def _open_export(source: Source, body: bytes) -> tuple[Source, AsyncIterator[bytes]]:
    response = await source.open("POST", "/api/export", body, "*/*")
    if response.status != 200:
        raise _passed_on(source, await response.read())
    return source, response.chunks()


async def answer_client_gone(_request: Request, error: Exception) -> Response:
    """Starlette's handler for ClientGoneError: nobody reads this."""
    if not isinstance(error, ClientGoneError):
        raise error
    return Response(status_code=CLIENT_GONE)


def _as_sent(answer: Answer) -> Response:
    headers = {"content-encoding": answer.encoding, "vary": "accept, accept-encoding"}
    return Response(answer.body, media_type=ARROW, headers=headers)


def _takes_gzip(request: Request) -> bool:
    codings = request.headers.get("accept-encoding", "").split(",")
    return any(coding.strip() == GZIP for coding in codings)


def _missing(answers: Answers) -> dict[str, str]:
    names = ",".join(quote(name, safe="") for name in answers.missing)
    return {MISSING_HEADER: names} if names else {}


def _wanted(request: Request) -> str:
    """Return the wanted form: Arrow unless `Accept` asks for JSON or CSV."""
    accept = request.headers.get("accept", "")
    return next((form for form in (ARROW, JSON, CSV) if form in accept), ARROW)


async def _read_object(request: Request) -> dict[str, Any]:
    """Return the request's body, a JSON object of bounded size."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise ApiError("too_large", f"a request may have at most {BODY_MAX_BYTES} bytes")
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise ApiError("bad_request", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ApiError("bad_request", "the body must be a JSON object")
    return value


def _series_of(asked: Json) -> list[Json]:
    series = asked.get("series")
    if not isinstance(series, list) or not 1 <= len(series) <= SERIES_MAX:
        raise ApiError("bad_request", f"series must list 1 to {SERIES_MAX} series")
    for item in series:
        names = item if isinstance(item, dict) else {}
        if not all(isinstance(names.get(name), str) for name in ("source", "run", "tag")):
            raise ApiError("bad_request", "each series needs source, run and tag")
    return series


def _numbered(series: Sequence[Json]) -> list[Json]:
    """Give each series an id: its place in the whole list, which the engines do not see."""
    return [{"id": place, **item} for place, item in enumerate(series)]


def _body(asked: Json, series: Sequence[Json] | None) -> bytes:
    return json.dumps({**asked, "series": series}, separators=(",", ":")).encode()
