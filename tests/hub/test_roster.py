"""Targets that come and go while the board runs."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from farboard.errors import FarboardError, LoginError
from farboard.hub.app import make_app
from farboard.hub.live import Outbox
from farboard.hub.roster import SOURCES_MAX, Roster, Welcome
from farboard.target import parse_target
from tests.hub.fake_link import FakeLink, add, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from farboard.hub.auth import Auth
    from farboard.hub.source import Source
    from farboard.hub.sources import Sources
    from farboard.link import LinkState
    from farboard.target import Target


DOC = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text()


class Terminal:
    """What was said there, and how the links that were made for added targets behave."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.errors: list[str] = []
        self.start_error: FarboardError | None = None
        self.hangs = False
        self.says_goodbye = True
        self.changes = 0

    def make_link(self, target: Target, on_state: Callable[[LinkState], None]) -> FakeLink:
        link = FakeLink(target, on_state)
        link.start_error = self.start_error
        link.says_goodbye = self.says_goodbye
        link.answers["/api/runs"] = {"epoch": "e", "version": 1, "runs": [{"run": "a"}]}
        return link

    async def start(self, source: Source) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        try:
            await source.start()
        except FarboardError as error:
            self.errors.append(error.message)

    def count(self) -> None:
        self.changes += 1


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def roster(sources: Sources, terminal: Terminal) -> Roster:
    welcome = Welcome(parse_target, terminal.make_link, terminal.start, terminal.said.append)  # type: ignore[arg-type]
    return Roster(sources, welcome, terminal.count)


@pytest.fixture
async def client(
    sources: Sources, auth: Auth, bundle: Path, roster: Roster
) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(sources, auth, bundle=bundle, roster=roster)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://127.0.0.1:6006",
        headers={"authorization": f"Bearer {auth.secret}"},
    ) as client:
        yield client
    await roster.close()


async def added(client: httpx.AsyncClient, target: Any) -> httpx.Response:
    return await client.post("/api/sources", json={"target": target})


async def removed(client: httpx.AsyncClient, source: Any) -> httpx.Response:
    return await client.post("/api/sources/remove", json={"source": source})


async def test_an_added_target_connects_and_is_told(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    told: list[dict[str, Any]] = []
    sources.listen(told.append)
    answer = await added(client, " gpu2:runs ")
    assert answer.json() == {"source": "gpu2:runs", "added": True}
    assert told[0]["source"]["source"] == "gpu2:runs"
    assert told[0]["source"]["state"] == "connecting"
    source = sources.get("gpu2:runs")
    await until(lambda: source is not None and source.ready)
    assert [run["source"] for run in (await client.get("/api/runs")).json()["runs"]] == [
        "gpu2:runs"
    ]
    assert terminal.said == ["gpu2:runs was added in the page"]


async def test_the_examples_of_the_documentation_hold(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    for path in ("/api/sources", "/api/sources/remove"):
        section = DOC.split(f"## POST {path} (hub)\n", 1)[1].split("\n## ", 1)[0]
        question, answer = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
        heard = await client.post(path, json=json.loads(question))
        assert heard.json() == json.loads(answer)
    assert len(sources) == 0


async def test_what_is_there_is_not_added_again(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    add(sources, "gpu1:runs")
    assert (await added(client, "gpu1:runs")).json() == {"source": "gpu1:runs", "added": False}
    assert len(sources) == 1
    assert terminal.said == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("", "a target is empty"),
        ("-oProxyCommand=x:runs", "begins with"),
        ("gpu1;reboot:runs", "which no host name can have"),
        (":runs", "names no machine"),
        ("gpu1:ru\nns", "cannot be shown"),
        ("gpu1:\ud800", "cannot be shown"),
        ("gpu1:\0", "cannot be shown"),
        (7, "must be a text"),
        (None, "must be a text"),
    ],
)
async def test_what_is_no_target_is_refused_in_words(
    client: httpx.AsyncClient, sources: Sources, target: Any, message: str
) -> None:
    # Not through httpx, which writes no lone surrogate.
    body = '{"target": "gpu1:\\ud800"}' if target == "gpu1:\ud800" else None
    answer = (
        await client.post("/api/sources", content=body) if body else await added(client, target)
    )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_request"
    assert message in error["message"]
    assert len(sources) == 0


async def test_what_cannot_be_reached_stays_with_its_reason(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    terminal.start_error = LoginError("gpu2 refused the login", "ssh-add")
    await added(client, "gpu2:runs")
    await until(lambda: terminal.errors == ["gpu2 refused the login"])
    (entry,) = (await client.get("/api/status")).json()["sources"]
    assert (entry["state"], entry["message"], entry["hint"]) == (
        "failed", "gpu2 refused the login", "ssh-add",
    )  # fmt: skip


async def test_a_removed_one_is_ended_and_forgotten(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    told: list[dict[str, Any]] = []
    source, link = add(sources, "gpu1:runs")
    await source.start()
    await source.wait_until_known()
    sources.listen(told.append)
    answer = await removed(client, "gpu1:runs")
    assert answer.json() == {"source": "gpu1:runs", "confirmed": True}
    assert link.closed
    assert [message["type"] for message in told] == ["source_removed"]
    assert (await client.get("/api/status")).json()["sources"] == []
    assert terminal.said == [
        "gpu1:runs was removed in the page; nothing of it is left running on gpu1"
    ]
    assert (await removed(client, "gpu1:runs")).status_code == 404
    assert (await removed(client, None)).status_code == 404


async def test_what_may_be_left_is_told(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    _, link = add(sources, "gpu1:runs")
    link.says_goodbye = False
    assert (await removed(client, "gpu1:runs")).json()["confirmed"] is False
    assert "will end by itself" in terminal.said[-1]


async def test_one_that_hangs_while_it_connects_can_be_removed(
    client: httpx.AsyncClient, sources: Sources, terminal: Terminal
) -> None:
    terminal.hangs = True
    await added(client, "gpu2:runs")
    source = sources.get("gpu2:runs")
    assert source is not None
    assert (await removed(client, "gpu2:runs")).status_code == 200
    assert source.closed
    assert terminal.errors == []


async def test_a_removed_one_comes_back_as_it_was(
    client: httpx.AsyncClient, sources: Sources, roster: Roster, terminal: Terminal
) -> None:
    """Also one that `--logdir_spec` named: its name alone would be another directory."""
    source, _ = add(sources, "old")
    await added(client, "gpu2:runs")
    assert roster.complete
    await removed(client, "gpu2:runs")
    assert roster.complete, "it was none of those the board began with"
    await removed(client, "old")
    assert not roster.complete
    await added(client, "old")
    assert roster.complete
    back = sources.get("old")
    assert back is not None
    assert back is not source
    assert back.target is source.target
    assert terminal.changes == 4


async def test_there_is_an_end_to_how_many(client: httpx.AsyncClient, sources: Sources) -> None:
    for place in range(SOURCES_MAX):
        add(sources, f"gpu{place}:runs")
    assert (await added(client, "one:more")).status_code == 413


async def test_without_a_welcome_the_targets_stay(
    sources: Sources, auth: Auth, bundle: Path
) -> None:
    add(sources, "gpu1:runs")
    app = make_app(sources, auth, bundle=bundle)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:6006"
    ) as stranger:
        assert (await added(stranger, "gpu2:runs")).status_code == 401
        stranger.headers["authorization"] = f"Bearer {auth.secret}"
        assert (await added(stranger, "gpu2:runs")).status_code == 403
        assert (await removed(stranger, "gpu1:runs")).status_code == 403
    assert len(sources) == 1


async def test_names_are_told_again_when_they_become_ambiguous(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    source, _ = add(sources, "gpu1:runs")
    await source.start()
    await source.wait_until_known()
    told: list[dict[str, Any]] = []
    assert source.entry()["short"] == "gpu1"
    sources.listen(told.append)
    await added(client, "gpu1:exp")
    shorts = {m["source"]["source"]: m["source"]["short"] for m in told if m["type"] == "source"}
    assert shorts == {"gpu1:runs": "gpu1:runs", "gpu1:exp": "gpu1:exp"}


async def test_the_last_word_about_a_source_is_the_last(sources: Sources) -> None:
    """However slow the page is."""
    outbox = Outbox()
    entry = {"type": "source", "source": {"source": "a"}}
    gone = {"type": "source_removed", "source": "a"}
    for message in (entry, gone):
        outbox.put(message)
    assert await outbox.take() == gone
    for message in (gone, entry):
        outbox.put(message)
    assert await outbox.take() == entry
    assert len(outbox) == 0
