"""`farboard check`: what it says of sound and of damaged files, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.hub.fake_link import FakeResponse, pieces

if TYPE_CHECKING:
    from tests.cli.conftest import Farboard
    from tests.hub.fake_link import FakeLink

DAMAGE = "record skipped: the payload does not match its checksum"


def file(name: str, **more: Any) -> dict[str, Any]:
    return {
        "run": "a", "file": name, "bytes": 5800, "modified_at_s": 1700000000.0, "records": 100,
        "kinds": {"image": {"tags": 1, "values": 1}, "scalar": {"tags": 2, "values": 12345}},
        "steps": [0, 9999], "wall_times_s": [1700000000.0, 1700000100.0],
        "file_version": "brain.Event:2", "writer": "a.writer", "sessions": 0, "restarts": 0,
        "losses": [], "losses_total": {"count": 0, "bytes": 0}, "unfinished_tail_bytes": 0,
        **more,
    }  # fmt: skip


def damaged(name: str, told: int, count: int, **more: Any) -> dict[str, Any]:
    losses = [
        {"offset_bytes": 58 * i, "length_bytes": 58, "kind": "payload_checksum", "message": DAMAGE}
        for i in range(told)
    ]
    total = {"count": count, "bytes": 58 * count}
    return file(name, losses=losses, losses_total=total, **more)


def total(files: int, count: int = 0, tails: int = 0) -> dict[str, Any]:
    numbers = {
        "files": files, "bytes": 5800 * files, "records": 100 * files, "values": 12346 * files,
        "losses": {"count": count, "bytes": 58 * count}, "files_with_losses": int(count > 0),
        "unfinished_tails": tails, "took_s": 0.25,
    }  # fmt: skip
    return {"total": numbers}


def saying(*words: dict[str, Any]) -> Any:
    text = b"".join(json.dumps(word).encode() + b"\n" for word in words)

    def prepare(link: FakeLink) -> None:
        link.answers["/api/check"] = lambda _: FakeResponse(200, pieces(text), "")

    return prepare


PROGRESS = {"progress": {"files": 1, "files_done": 0, "bytes": 5800, "bytes_done": 58}}


def test_a_sound_file_is_described(farboard: Farboard) -> None:
    farboard.prepare = saying(PROGRESS, file("a/events.1"), total(1))
    assert farboard("check", "gpu1:runs") == 0
    lines = farboard.out.splitlines()
    assert lines[0] == "a/events.1  ok"
    assert lines[1:5] == [
        "  run       a",
        "  size      5 800 bytes, 100 records",
        "  kinds     image: 1 tag, 1 value; scalar: 2 tags, 12 345 values",
        "  steps     0 to 9 999",
    ]
    assert lines[5].startswith("  time      2023-11-1")
    assert lines[6:8] == ["  writer    a.writer", "  version   brain.Event:2"]
    assert lines[-1] == (
        "1 file, 5 800 bytes, 100 records and 12 346 values checked in 0.2 s: nothing is lost"
    )
    assert farboard.links[0].closed


def test_losses_are_told_with_their_places_and_end_with_1(farboard: Farboard) -> None:
    farboard.prepare = saying(
        damaged("a/events.1", 2, 1500, restarts=3, sessions=4), total(1, 1500)
    )
    assert farboard("check", "gpu1:runs") == 1
    lines = farboard.out.splitlines()
    assert lines[0] == "a/events.1  damaged"
    place = lines.index("  lost      1 500 losses, 87 000 bytes")
    assert lines[place - 2 : place] == ["  sessions  4", "  restarts  3"]
    assert lines[place + 1 : place + 4] == [
        f"            at 0 (58 bytes): {DAMAGE}",
        f"            at 58 (58 bytes): {DAMAGE}",
        "            and 1 498 more",
    ]
    assert lines[-1].endswith(": 1 500 losses, 87 000 bytes in 1 file")


def test_an_unfinished_tail_is_said_and_no_loss(farboard: Farboard) -> None:
    farboard.prepare = saying(file("a/events.1", unfinished_tail_bytes=12), total(1, tails=1))
    assert farboard("check", "gpu1:runs") == 0
    assert "  tail      12 bytes of an unfinished record" in farboard.out.splitlines()
    assert "1 file ends in an unfinished record: nothing is lost" in farboard.out


def test_what_is_unknown_is_left_out(farboard: Farboard) -> None:
    empty = file(
        "a/events.1", kinds={}, steps=None, wall_times_s=None, file_version=None, writer=None
    )
    farboard.prepare = saying(empty, total(1))
    assert farboard("check", "gpu1:runs") == 0
    labels = [line.split()[0] for line in farboard.out.splitlines() if line.startswith("  ")]
    assert labels == ["run", "size"]


def test_names_cannot_move_the_cursor(farboard: Farboard) -> None:
    odd = damaged("[red]\x1b[2J", 1, 1, run="a\nb", writer="w\x07", wall_times_s=[-1e300, 1e300])
    odd["losses"][0]["message"] = "\x1b]0;title"
    farboard.prepare = saying(odd, total(1, 1))
    assert farboard("check", "gpu1:runs") == 1
    assert not any(ord(letter) < 32 for letter in farboard.out.replace("\n", ""))
    assert farboard.out.splitlines()[:2] == ["[red]\\x1b[2J  damaged", "  run       a\\nb"]
    assert "-1e+300 s to 1e+300 s" in farboard.out


def test_json_lines_are_the_apis(farboard: Farboard) -> None:
    words = [damaged("a/events.1", 1, 1), total(1, 1)]
    farboard.prepare = saying(PROGRESS, *words)
    assert farboard("check", "gpu1:runs", "--json") == 1
    assert [json.loads(line) for line in farboard.out.splitlines()] == words


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([file("a/events.1")], 7, "the check broke off before its end"),
        ([{"file": 3}], 1, "the engine's report makes no sense"),
        ([{"total": []}], 1, "the engine's report makes no sense"),
    ],
)
def test_half_a_report_is_an_error(farboard: Farboard, words: Any, code: int, said: str) -> None:
    farboard.prepare = saying(*words)
    assert farboard("check", "gpu1:runs") == code
    assert said in farboard.err


def test_a_refusal_is_passed_on(farboard: Farboard) -> None:
    refusal = {"error": {"code": "not_found", "message": "nothing there", "hint": ""}}

    def prepare(link: FakeLink) -> None:
        body = json.dumps(refusal).encode()
        link.answers["/api/check"] = lambda _: FakeResponse(404, pieces(body), "")

    farboard.prepare = prepare
    assert farboard("check", "gpu1:runs") == 1
    assert "farboard: nothing there" in farboard.err


def test_nothing_has_to_be_loaded_first(farboard: Farboard) -> None:
    def prepare(link: FakeLink) -> None:
        saying(file("a/events.1"), total(1))(link)
        link.new_engine = lambda: FakeLinkLoading.new_engine(link)  # type: ignore[method-assign]

    farboard.prepare = prepare
    assert farboard("check", "gpu1:runs") == 0


class FakeLinkLoading:
    """Makes an engine that is never done with loading."""

    @staticmethod
    def new_engine(link: FakeLink) -> None:
        type(link).new_engine(link, load="loading")
