"""One directory seen through two login nodes: shown once, and by the other when one has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.hub.fake_link import FakeLink, until
from tests.hub.fake_link import add as add_source

if TYPE_CHECKING:
    import httpx

    from farboard.hub.source import Source
    from farboard.hub.sources import Sources


async def up(sources: Sources, label: str, identity: Any = "nfs-7:128") -> tuple[Source, FakeLink]:
    source, link = add_source(sources, label)
    link.identity = identity
    link.answers["/api/runs"] = {"epoch": "e", "version": 1, "runs": [{"run": label}]}
    await source.start()
    await source.wait_until_known()
    return source, link


async def runs_of(client: httpx.AsyncClient) -> list[str]:
    return [run["source"] for run in (await client.get("/api/runs")).json()["runs"]]


@pytest.fixture
def told(sources: Sources) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    sources.listen(messages.append)
    return messages


async def test_the_second_is_not_asked(
    client: httpx.AsyncClient, sources: Sources, told: list[Any]
) -> None:
    await up(sources, "login1:runs")
    told.clear()
    second, link = await up(sources, "login2:runs")
    assert second.entry()["same_as"] == "login1:runs"
    assert await runs_of(client) == ["login1:runs"]
    assert "/api/runs" not in [path for _, path, _, _ in link.asked]
    link.publish(link.line(version=2, series=[{"run": "a", "tag": "t"}]))
    await until(lambda: second.version == 2)
    assert not [message for message in told if message["type"] == "change"]
    # Nobody was ever told that it has runs of its own.
    live = [m["source"] for m in told if m["type"] == "source" and m["source"]["state"] == "live"]
    assert {entry["same_as"] for entry in live} == {"login1:runs"}


@pytest.mark.parametrize("identity", [None, "", 7, {"no": "text"}])
async def test_who_does_not_know_is_nobodys_twin(
    client: httpx.AsyncClient, sources: Sources, identity: Any
) -> None:
    await up(sources, "login1:runs", identity)
    await up(sources, "login2:runs", identity)
    assert await runs_of(client) == ["login1:runs", "login2:runs"]


async def test_the_second_takes_over_when_the_first_is_removed(
    client: httpx.AsyncClient, sources: Sources, told: list[Any]
) -> None:
    await up(sources, "login1:runs")
    await up(sources, "login2:runs")
    told.clear()
    await sources.remove("login1:runs").close()
    assert await runs_of(client) == ["login2:runs"]
    assert told[0] == {"type": "source_removed", "source": "login1:runs"}
    assert told[-1]["source"]["same_as"] is None


async def test_a_loss_that_may_end_moves_nothing_but_giving_up_does(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    first, link = await up(sources, "login1:runs")
    second, _ = await up(sources, "login2:runs")
    link.drop()
    await until(lambda: first.state == "lost")
    assert second.same_as == "login1:runs"
    link.become("needs_you", message="log in again")
    assert second.same_as is None
    assert await runs_of(client) == ["login2:runs"]
    # Back again it is the second one: what is on the screen stays there.
    link.new_engine()
    link.become("live", message="")
    await until(lambda: first.ready)
    assert (first.same_as, second.same_as) == ("login2:runs", None)


async def test_another_node_may_see_another_directory(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    await up(sources, "login1:runs")
    second, link = await up(sources, "login2:runs")
    link.drop()
    await until(lambda: second.state == "lost")
    link.identity = "other:9"
    link.new_engine()
    link.become("live", message="")
    await until(lambda: second.ready and second.same_as is None)
    assert await runs_of(client) == ["login1:runs", "login2:runs"]
