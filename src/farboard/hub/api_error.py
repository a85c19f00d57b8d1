"""The one shape in which the hub says no: `{"error": {"code", "message", "hint"}}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from farboard.errors import FarboardError, SourceDown
from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

STATUS_OF = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "range_not_satisfiable": 416,
    "misdirected": 421,
    "damaged": 422,
    "internal": 500,
    "source_down": 503,
}
CODE_OF = {status: code for code, status in STATUS_OF.items()}


class ApiError(Exception):
    """A request the hub refuses.

    Args:
        code: one of the codes of docs/http-api.md; it decides the HTTP status.
        message: what happened, one sentence.
        hint: what the caller can do, or empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def answer(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """Return the error as an HTTP answer."""
        body = {"code": self.code, "message": self.message, "hint": self.hint}
        return JSONResponse({"error": body}, STATUS_OF[self.code], headers=headers)


async def answer_api_error(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for ApiError."""
    if not isinstance(error, ApiError):  # starlette only promises an Exception
        raise error
    return error.answer()


async def answer_farboard_error(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for FarboardError: a dead source is 503, all else our fault."""
    if not isinstance(error, FarboardError):
        raise error
    code = "source_down" if isinstance(error, SourceDown) else "internal"
    return ApiError(code, error.message, error.hint).answer()


async def answer_bad_answer(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for BadAnswerError: a far machine did not keep to the contract."""
    if not isinstance(error, BadAnswerError):
        raise error
    return ApiError("internal", f"a source answered with nonsense: {error}").answer()


async def answer_http_exception(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for what its router refuses (404, 405)."""
    if not isinstance(error, HTTPException):
        raise error
    code = CODE_OF.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    message = HTTPStatus(STATUS_OF[code]).phrase.lower()
    return ApiError(code, message).answer(error.headers)


async def answer_crash(_request: Request, _error: Exception) -> JSONResponse:
    """Starlette's handler for bugs: says nothing of the inside; the traceback goes to stderr."""
    return ApiError("internal", "the hub made a mistake", "see the terminal").answer()
