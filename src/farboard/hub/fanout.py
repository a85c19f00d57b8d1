"""Asks several sources at once, and waits for none that has gone silent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from farboard.errors import FarboardError, SourceDown
from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from farboard.hub.answer import Answer
    from farboard.hub.source import Source

LOOK_EVERY_S = 0.25
# A slow link under load may take long and is worth waiting for; a silent one is noticed soon.
DEADLINE_S = 60.0


@dataclass(frozen=True)
class Question:
    """What one source is asked."""

    source: Source
    method: str
    path: str
    body: bytes | None = None
    accept: str = "application/json"
    as_sent: bool = False
    """Leave the answer compressed, for who passes it on."""


@dataclass
class Answers:
    """Who answered what, in the order of the questions, and why the others did not."""

    heard: list[tuple[Source, Answer]] = field(default_factory=list)
    missing: dict[str, SourceDown] = field(default_factory=dict)


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


async def ask_all(
    questions: Sequence[Question], client_gone: Callable[[], Awaitable[bool]]
) -> Answers:
    """Asks all at once; once somebody answered, sources that fall silent are left behind.

    Raises:
        ClientGoneError: `client_gone` said so; every question was withdrawn.
    """
    tasks = [asyncio.create_task(_ask(question)) for question in questions]
    pending = set(tasks)
    deadline_s = asyncio.get_running_loop().time() + DEADLINE_S
    try:
        while pending:
            _, pending = await asyncio.wait(
                pending, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
            )
            if pending and await client_gone():
                raise ClientGoneError
            late = asyncio.get_running_loop().time() > deadline_s
            somebody_answered = len(pending) < len(tasks)
            for task, question in zip(tasks, questions, strict=True):
                silent = somebody_answered and question.source.state != "live"
                if task in pending and (late or silent):
                    task.cancel()
    finally:
        for task in pending:
            task.cancel()
    return _sorted_out(questions, await asyncio.gather(*tasks, return_exceptions=True))


async def _ask(question: Question) -> Answer:
    return await question.source.ask(
        question.method,
        question.path,
        question.body,
        question.accept,
        as_sent=question.as_sent,
    )


def sent_nonsense(name: str, error: BadAnswerError) -> SourceDown:
    """Return why the answer of a source is none."""
    return SourceDown(f"{name} sent nonsense: {error}")


def _sorted_out(
    questions: Sequence[Question], results: Sequence[Answer | BaseException]
) -> Answers:
    answers = Answers()
    for question, result in zip(questions, results, strict=True):
        source = question.source
        if not isinstance(result, BaseException):
            answers.heard.append((source, result))
        elif isinstance(result, asyncio.CancelledError):
            answers.missing[source.name] = SourceDown(f"{source.name} does not answer just now")
        elif isinstance(result, FarboardError):
            answers.missing[source.name] = SourceDown(result.message, result.hint)
        elif isinstance(result, BadAnswerError):
            answers.missing[source.name] = sent_nonsense(source.name, result)
        else:
            raise result
    return answers
