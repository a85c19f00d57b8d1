"""A new engine, on another machine, may see another directory."""

from __future__ import annotations

from typing import Any

import pytest

from farboard.hub.moved import moved
from farboard.hub.sources import Sources
from tests.hub.fake_link import add, until


def status(host: str, path: str = "/data/runs", **logdir: Any) -> dict[str, Any]:
    return {"engine": {"host": host}, "logdir": {"path": path, **logdir}}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (status("login1"), status("login1", "/other")),
        (status("login1"), status("login2")),
        (status("login1", identity="a"), status("login2", "/mounted/elsewhere", identity="a")),
        # A machine that was started again gives its local directory another identity.
        (status("login1", identity="a"), status("login1", identity="b")),
        ({}, status("login2")),
        (status("login1", identity=None), status("login2", identity="a")),
    ],
)
def test_nothing_is_said_when_the_files_may_be_the_same(
    before: dict[str, Any], now: dict[str, Any]
) -> None:
    assert moved(before, now) is None


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (status("login1", identity="a"), status("login2", identity="b")),
        (status("login1"), status("login2", "/home2/runs")),
    ],
)
def test_other_files_on_another_host_are_told(before: dict[str, Any], now: dict[str, Any]) -> None:
    told = moved(before, now)
    assert told
    assert (told["from"], told["to"]) == ("login1", "login2")


async def test_a_source_tells_of_it() -> None:
    sources = Sources()
    source, link = add(sources)
    host = "login1"

    def answer(_: Any) -> dict[str, Any]:
        told = link.status()
        return {**told, "engine": {**told["engine"], "host": host}, "logdir": logdir}

    logdir = {"state": "ok", "path": "/scratch/runs", "identity": "a"}
    link.answers["/api/status"] = answer
    await source.start()
    await until(lambda: source.ready)
    assert source.entry()["moved"] is None
    link.drop()
    host, logdir = "login2", {**logdir, "identity": "b"}
    link.new_engine()
    link.become("live")
    await until(lambda: source.entry()["moved"] is not None)
    assert source.entry()["moved"]["to"] == "login2"
    await source.close()


async def test_for_how_long_files_do_not_answer_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("farboard.hub.source.STATUS_EVERY_S", 0.01)
    monkeypatch.setattr("farboard.hub.source.SILENT_EVERY_S", 0.01)
    sources = Sources()
    source, link = add(sources)
    silences = [3.0, 8.0, 13.0]

    def answer(_: Any) -> dict[str, Any]:
        told = link.status()
        silent_s = silences.pop(0) if silences else None
        return {**told, "logdir": {**told["logdir"], "silent_s": silent_s}}

    link.answers["/api/status"] = answer
    await source.start()
    await until(lambda: source.ready)
    # As when a change says that it has begun.
    source._status_stale.set()
    await until(lambda: source.entry()["logdir"]["silent_s"] is None)
    assert not silences
    assert source.state == "live"
    await source.close()
