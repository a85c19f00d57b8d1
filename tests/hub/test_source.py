"""One source: what is heard, what is told, and when it counts as live again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from farboard.errors import ConnectError, SourceDown
from farboard.hub.logdir import logdir_error
from farboard.hub.sources import Sources
from tests.hub.fake_link import add, until


@pytest.fixture
def told(sources: Sources) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    sources.listen(messages.append)
    return messages


def states(told: list[dict[str, Any]]) -> list[str]:
    """The states told, repetitions left out, with changes between them as they came."""
    words: list[str] = []
    for message in told:
        reindex = "reindex" if message.get("reindex") else "change"
        word = message["source"]["state"] if message["type"] == "source" else reindex
        if words[-1:] != [word]:
            words.append(word)
    return words


async def test_a_first_engine_is_live_while_it_loads(sources: Sources, told: list[Any]) -> None:
    source, link = add(sources)
    assert source.entry()["state"] == "connecting"
    await source.start()
    link.new_engine(load="loading")
    await source.wait_until_known()
    assert states(told) == ["connecting", "live", "reindex"]
    entry = source.entry()
    assert entry["source"] == "gpu1:runs"
    assert entry["kind"] == "ssh"
    assert entry["engine"]["user"] == "you"
    assert abs(entry["clock_skew_s"]) < 60


async def test_an_entry_has_every_field_of_the_contract(sources: Sources) -> None:
    source, _ = add(sources)
    assert set(source.entry()) == {
        "source", "kind", "state", "since_s", "message", "hint", "attempt", "next_try_at_s",
        "rtt_ms", "clock_skew_s", "received_bytes", "last_heard_at_s", "engine", "logdir", "load",
        "index", "losses", "losses_total", "losses_by_file", "epoch", "version", "cause", "moved",
        "short", "same_as", "clock_uncertainty_s", "clock_correction_s",
    }  # fmt: skip


async def test_a_returned_engine_is_live_when_it_has_read_all(
    sources: Sources, told: list[Any]
) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    told.clear()
    link.drop()
    await until(lambda: source.state == "lost")
    link.new_engine(load="loading")
    link.become("live", message="")
    await until(lambda: source.status["engine"]["epoch"] == "epoch-2")
    link.publish(link.line(load="loading", points=10, reindex=True))
    await until(lambda: (source.status["load"] or {}).get("points") == 10)
    assert source.state == "retrying"
    assert "reading" in source.entry()["message"]
    with pytest.raises(SourceDown):
        await source.ask("GET", "/api/runs")
    link.publish(link.line(load="live", points=20))
    await until(lambda: source.ready)
    assert states(told) == ["lost", "retrying", "live", "reindex"]
    assert told[-1]["epoch"] == "epoch-2"
    assert source.status["load"]["points"] == 20


async def test_changes_are_passed_on_with_their_source(sources: Sources, told: list[Any]) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    link.publish(link.line(version=2, series=[{"run": "a", "tag": "t"}]))
    await until(lambda: told[-1].get("version") == 2)
    assert told[-1]["type"] == "change"
    assert told[-1]["source"] == "gpu1:runs"
    assert told[-1]["reindex"] is False
    assert told[-1]["series"] == [{"run": "a", "tag": "t"}]


async def test_a_stream_that_breaks_alone_is_opened_again(
    sources: Sources, told: list[Any]
) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    told.clear()
    link.publish({"epoch": "epoch-1", "load": "not an object"})
    await until(lambda: "as an engine does" in source.entry()["message"])
    assert not source.ready
    link.publish(link.line(version=2))
    await until(lambda: "reindex" in states(told))
    assert source.ready
    assert source.entry()["message"] == ""


async def test_a_failed_start_is_told_and_can_be_retried(sources: Sources, told: list[Any]) -> None:
    source, link = add(sources)
    link.start_error = ConnectError("gpu1 does not answer", "VPN?")
    with pytest.raises(ConnectError):
        await source.start()
    assert states(told) == ["failed"]
    assert told[-1]["source"]["message"] == "gpu1 does not answer"
    assert told[-1]["source"]["hint"] == "VPN?"
    link.new_engine()
    link.become("live", message="", hint="")
    await until(lambda: source.ready)


async def test_numbers_are_told_seldom_and_words_at_once(
    sources: Sources, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farboard.hub.source.NUMBERS_EVERY_S", 0.2)
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    await until(lambda: not source._status_stale.is_set())
    told.clear()
    for rtt_ms in range(50):
        link.become("live", rtt_ms=float(rtt_ms))
    assert told == []
    link.become("quiet")
    assert [message["source"]["state"] for message in told] == ["quiet"]
    link.become("quiet", rtt_ms=77.0)
    await until(lambda: len(told) == 2)
    assert told[-1]["source"]["rtt_ms"] == 77.0


async def test_losses_are_asked_for_when_their_count_grows(sources: Sources) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    loss = {"run": "a", "kind": "payload_checksum"}
    total = {"count": 1, "bytes": 58}
    link.answers["/api/status"] = lambda _: {
        **link.status(),
        "losses": [loss],
        "losses_total": total,
    }
    link.publish(link.line(losses_total=total))
    await until(lambda: source.entry()["losses"] == [loss])


async def test_a_silent_file_system_is_known_from_its_begin_to_its_end(sources: Sources) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    for silent_s in (3.5, None):
        logdir = {**link.status()["logdir"], "silent_s": silent_s}
        link.answers["/api/status"] = lambda _, logdir=logdir: {**link.status(), "logdir": logdir}
        link.publish(link.line(silent_s=silent_s))
        await until(lambda logdir=logdir: source.entry()["logdir"] == logdir)


@pytest.mark.parametrize("later", [{"state": "missing"}, {"silent_s": 3.5}])
async def test_a_source_is_known_when_its_logdir_was_looked_at_or_does_not_answer(
    sources: Sources, later: dict[str, Any]
) -> None:
    source, link = add(sources)
    logdir = {"asked": "runs", "path": "", "state": "", "silent_s": None}
    link.answers["/api/status"] = lambda _: {**link.status(), "logdir": logdir}
    await source.start()
    known = asyncio.ensure_future(source.wait_until_known())
    await until(lambda: source.ready)
    await asyncio.sleep(0.1)
    assert not known.done()
    logdir.update(later)
    await asyncio.wait_for(known, 10)


@pytest.mark.parametrize(("target", "asked"), [("runs", "identity"), ("gpu1:runs", None)])
async def test_only_far_engines_compress(sources: Sources, target: str, asked: str | None) -> None:
    source, link = add(sources, target)
    await source.start()
    await source.wait_until_known()
    link.answers["/api/runs"] = {"runs": []}
    await source.ask("GET", "/api/runs")
    assert link.headers.get("accept-encoding") == asked


async def test_waiting_ends_when_the_link_is_lost(sources: Sources) -> None:
    source, link = add(sources)
    await source.start()
    link.new_engine(load="loading")
    await source.wait_until_known()
    waiting = asyncio.create_task(source.wait_until_read())
    await asyncio.sleep(0)
    link.drop()
    with pytest.raises(SourceDown):
        await asyncio.wait_for(waiting, 5)


async def test_waiting_ends_when_all_is_read(sources: Sources) -> None:
    source, link = add(sources)
    link.new_engine(load="loading")
    link._first_line = link.line(load="loading")
    await source.start()
    link.publish(link.line(load="live"))
    await asyncio.wait_for(source.wait_until_read(), 5)


async def test_the_same_target_is_one_source(sources: Sources) -> None:
    first, _ = add(sources, "gpu1:runs")
    second, _ = add(sources, "gpu1:runs")
    add(sources, "runs")
    assert first is second
    assert len(sources) == 2


async def test_closing_tells_who_did_not_say_goodbye() -> None:
    sources = Sources()
    polite, polite_link = add(sources, "gpu1:runs")
    _, rude_link = add(sources, "gpu2:runs")
    await polite.start()
    rude_link.says_goodbye = False
    left_behind = await sources.close()
    assert [source.name for source in left_behind] == ["gpu2:runs"]
    assert polite_link.closed


@pytest.mark.parametrize(("logdir", "said"), [
    ({"state": "missing", "path": "/data/runs", "closest": ["/data/run", "/data/runs2"]},
     "gpu1 has no /data/runs (logged in as you, home /home/you)"),
    ({"state": "unreadable", "path": "/data/x", "message": "drwx------ root"},
     '/data/x exists but "you" may not read it (drwx------ root)'),
    ({"state": "not_a_directory", "path": "/data/x"}, "/data/x on gpu1 is not a directory"),
])  # fmt: skip
async def test_a_wrong_logdir_has_its_sentence(
    sources: Sources, logdir: dict[str, Any], said: str
) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    assert logdir_error(source) is None
    source.status = {**link.status(), "logdir": logdir}
    error = logdir_error(source)
    assert error is not None
    assert error.message == said
    assert error.exit_code == 5
    if "closest" in logdir:
        assert error.hint == "closest: /data/run, /data/runs2"
