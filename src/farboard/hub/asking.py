"""What routes have in common: reading a question, asking the sources, naming the silent ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from farboard.hub.api_error import ApiError
from farboard.hub.fanout import Answers, ClientGoneError, Question, ask_all, sent_nonsense
from farboard.hub.untrusted import BadAnswerError, parse_object, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from starlette.requests import Request

    from farboard.hub.answer import Answer
    from farboard.hub.join import Json, Part
    from farboard.hub.source import Source
    from farboard.hub.sources import Sources

    Heard = tuple[Source, Answer]

BODY_MAX_BYTES = 4 << 20
SERIES_MAX = 4096
WORDS_MAX = 2000
MISSING_HEADER = "x-farboard-missing"
# What an engine may refuse for reasons of the client's.
PASSED_ON = ("bad_request", "not_found", "too_large", "damaged", "range_not_satisfiable")


async def asked_all(request: Request, questions: Sequence[Question]) -> Answers:
    """All answers; an engine's own refusal is passed on to the client."""
    answers = await ask_all(questions, request.is_disconnected)
    for source, answer in answers.heard:
        if answer.status != 200:
            raise passed_on(source, answer.body)
    return answers


async def ask_some(request: Request, questions: Sequence[Question]) -> Answers:
    """As `asked_all`, but somebody has to answer."""
    answers = await asked_all(request, questions)
    raise_if_nobody(answers)
    return answers


def raise_if_nobody(answers: Answers) -> None:
    """Somebody has to have answered.

    Raises:
        SourceDown: why the first did not.
    """
    if not answers.heard:
        raise next(iter(answers.missing.values()))


async def ask_objects(
    request: Request, sources: Iterable[Source], path: str, join: Callable[[Sequence[Part]], Json]
) -> Response:
    """Ask all sources for a JSON object and join what they say; that nobody answers is no error."""
    answers = await asked_all(request, [Question(source, "GET", path) for source in sources])
    return json_answer(answers, join)


def json_answer(answers: Answers, join: Callable[[Sequence[Part]], Json]) -> Response:
    """Join the JSON objects that were answered."""

    def joined(heard: Sequence[Heard]) -> bytes:
        return to_json(join([(source.name, parse_object(answer.body)) for source, answer in heard]))

    body = join_sound(answers, joined)
    return Response(body, media_type="application/json", headers=missing_header(answers))


def join_sound(answers: Answers, join: Callable[[Sequence[Heard]], bytes]) -> bytes:
    """Join what was heard; a source that sent nonsense counts as one that did not answer."""
    try:
        return join(answers.heard)
    except BadAnswerError:
        for heard in list(answers.heard):
            source = heard[0]
            try:
                join([heard])
            except BadAnswerError as error:
                answers.heard.remove(heard)
                answers.missing[source.name] = sent_nonsense(source.name, error)
        return join(answers.heard)


def passed_on(source: Source, body: bytes) -> ApiError:
    """Return an engine's refusal in its own words."""
    error = parse_object(body).get("error")
    if not isinstance(error, dict) or error.get("code") not in PASSED_ON:
        return ApiError("internal", f"{source.name} could not answer", _words(error))
    return ApiError(error["code"], _words(error.get("message")), _words(error.get("hint")))


def _words(said: Any) -> str:
    """Return what an engine says, as far as anybody would read it."""
    return str(said or "").encode("utf-8", "backslashreplace").decode()[:WORDS_MAX]


def missing_header(answers: Answers) -> dict[str, str]:
    """Return the header that names who did not answer, if anybody."""
    names = ",".join(quote(name, safe="") for name in answers.missing)
    return {MISSING_HEADER: names} if names else {}


async def read_object(request: Request, at_most_bytes: int = BODY_MAX_BYTES) -> dict[str, Any]:
    """Return the request's body, a JSON object of bounded size."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > at_most_bytes:
                raise ApiError("too_large", f"a request may have at most {at_most_bytes} bytes")
    except ClientDisconnect:
        raise ClientGoneError from None
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise ApiError("bad_request", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ApiError("bad_request", "the body must be a JSON object")
    return value


def series_of(asked: Json, names: Sequence[str] = ("source", "run", "tag")) -> list[Json]:
    """Return the asked series, each of which has these names."""
    series = asked.get("series")
    if not isinstance(series, list) or not 1 <= len(series) <= SERIES_MAX:
        raise ApiError("bad_request", f"series must list 1 to {SERIES_MAX} series")
    for item in series:
        fields = item if isinstance(item, dict) else {}
        if not all(isinstance(fields.get(name), str) for name in names):
            raise ApiError("bad_request", f"each series needs {', '.join(names)}")
    return series


def numbered(series: Sequence[Json]) -> list[Json]:
    """Give each series an id: its place in the whole list, which the engines do not see."""
    return [{"id": place, **item} for place, item in enumerate(series)]


def body_of(asked: Json, series: Sequence[Json] | None) -> bytes:
    """Return a question as an engine gets it: with its own series only."""
    return json.dumps({**asked, "series": series}, separators=(",", ":")).encode()


def series_by_source(sources: Sources, series: Sequence[Json]) -> dict[Source, list[Json]]:
    """Return who is to be asked for what.

    Raises:
        ApiError: none of the sources is on this board.
    """
    per_source: dict[Source, list[Json]] = {}
    for item in series:
        source = sources.get(item["source"])
        if source is not None:
            rest = {name: value for name, value in item.items() if name != "source"}
            per_source.setdefault(source, []).append(rest)
    if not per_source:
        raise ApiError("not_found", "none of the asked sources is on this board")
    return per_source


def source_named(request: Request, sources: Sources) -> Source:
    """Return the source that the request names with `?source=`.

    Raises:
        ApiError: there is no such source.
    """
    source = sources.get(request.query_params.get("source", ""))
    if source is None:
        raise ApiError("not_found", "there is no such source", "name it: ?source=gpu1:runs")
    return source
