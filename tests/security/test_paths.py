"""Ways out of the logdir and out of the page's files, through a board that runs."""

# ruff: noqa: E501 - paths stand here as they are sent

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import Api, Board, write_run
from tests.security.raw import ask_raw, request

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SECRET = "not for you"
UPWARDS = [
    "/../secret.txt", "/../../secret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt",
    "/..%2f..%2fsecret.txt", "/.%2e/%2e./secret.txt", "/%252e%252e/secret.txt", "/..%5csecret.txt",
    "/..\\secret.txt", "/....//secret.txt", "//secret.txt", "/%2fetc/passwd", "//etc/passwd",
    "/secret.txt%00.html", "/%00", "/%c0%ae%c0%ae/secret.txt", "/assets/../../secret.txt",
    "/file:///etc/passwd", "/index.html/../../secret.txt", "/" + "a/../" * 50 + "../secret.txt",
]  # fmt: skip


class Logs:
    """A logdir with traps in it, and a board that shows it."""

    def __init__(self, directory: Path) -> None:
        self.runs = directory / "runs"
        (directory / "secret.txt").write_text(SECRET)
        (directory / "other").mkdir()
        write_run(directory / "other" / "hidden")
        write_run(self.runs / "a")
        plugin = self.runs / "a" / "plugins" / "mine"
        plugin.mkdir(parents=True)
        (plugin / "notes.txt").write_text("for you")
        (plugin / "link.txt").symlink_to(directory / "secret.txt")
        (plugin / "away").symlink_to(directory, target_is_directory=True)
        (plugin / "passwd").symlink_to("/etc/passwd")
        (self.runs / "out").symlink_to(directory / "other", target_is_directory=True)
        event_file = next((directory / "other" / "hidden").iterdir())
        # Links to event files are followed (docs/event-files.md), whatever they turn out to be.
        (self.runs / "a" / "events.out.tfevents.8.link").symlink_to(event_file)
        (self.runs / "a" / "events.out.tfevents.9.link").symlink_to(directory / "secret.txt")
        projector = "\n".join(
            f'embeddings {{ tensor_name: "t{place}" metadata_path: "{path}" tensor_path: "{path}" '
            f'sprite {{ image_path: "{path}" }} }}'
            for place, path in enumerate(
                ["../../secret.txt", str(directory / "secret.txt"), "/etc/passwd", "plugins/mine/link.txt",
                 "plugins/mine/away/secret.txt", "gs://bucket/x", "\\000/etc/passwd"]
            )
        )  # fmt: skip
        (self.runs / "a" / "projector_config.pbtxt").write_text(projector)
        self.board = Board(directory, str(self.runs), "--no-open", "--port", "0")

    def api(self) -> Api:
        api = self.board.api()
        api.until(lambda entry: (entry["load"] or {}).get("state") == "live")
        return api


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Logs, Api]]:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")
    logs = Logs(tmp_path_factory.mktemp("paths"))
    try:
        yield logs, logs.api()
        assert logs.board.end() == 130
        assert "Traceback" not in logs.board.said
    finally:
        logs.board.close()


def source_of(api: Api) -> str:
    return str(api.source()["source"]).replace("/", "%2F")


def bearer(api: Api) -> str:
    return f"Authorization: Bearer {api.secret}"


@pytest.mark.parametrize("path", UPWARDS)
def test_static_files_are_those_of_the_page(logs: tuple[Logs, Api], path: str) -> None:
    _, api = logs
    answer = ask_raw(api.url, request(api.url, path, bearer(api)))
    assert answer.status in (400, 404), answer.text
    assert SECRET not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("route", ["/api/asset", "/api/blob/24.0.0", "/api/blob/0.0.value"])
@pytest.mark.parametrize("path", [
    *UPWARDS, "/a/plugins/mine/link.txt", "/a/plugins/mine/away/secret.txt", "/a/plugins/mine/passwd",
    "/a/plugins/mine/../../../../secret.txt", "/a%2Fplugins%2Fmine%2F..%2F..%2F..%2F..%2Fsecret.txt",
    "/out/hidden", "/a/events.out.tfevents.9.link", "/proc/self/environ", "/%2Fproc%2Fself%2Fenviron",
])  # fmt: skip
def test_nothing_outside_of_the_logdir_is_served(
    logs: tuple[Logs, Api], route: str, path: str
) -> None:
    _, api = logs
    target = f"{route}{path}?source={source_of(api)}"
    answer = ask_raw(api.url, request(api.url, target, bearer(api)))
    assert answer.status in (400, 404, 422), answer.text
    assert SECRET not in answer.text
    assert "root:" not in answer.text


def test_nothing_outside_of_the_logdir_is_listed(logs: tuple[Logs, Api]) -> None:
    place, api = logs
    assets = [asset["path"] for asset in json.loads(api.ask("/api/assets"))["assets"]]
    assert "a/plugins/mine/notes.txt" in assets
    assert all(
        "link" not in path and "passwd" not in path and "secret" not in path for path in assets
    )
    runs = [run["run"] for run in json.loads(api.ask("/api/runs"))["runs"]]
    assert "a" in runs
    for path in assets:
        inside = (place.runs / path).resolve()
        assert inside.is_relative_to(place.runs.resolve())


def test_a_file_that_is_listed_and_then_leads_away_is_not_served(logs: tuple[Logs, Api]) -> None:
    place, api = logs
    target = f"/api/asset/a%2Fplugins%2Fmine%2Fnotes.txt?source={source_of(api)}"
    assert "for you" in ask_raw(api.url, request(api.url, target, bearer(api))).text
    notes = place.runs / "a" / "plugins" / "mine" / "notes.txt"
    notes.unlink()
    notes.symlink_to(place.runs.parent / "secret.txt")
    answer = ask_raw(api.url, request(api.url, target, bearer(api)))
    assert answer.status == 404
    assert SECRET not in answer.text
    notes.unlink()
    notes.write_text("for you")


def test_a_signature_is_good_for_one_address(logs: tuple[Logs, Api]) -> None:
    _, api = logs
    assets = json.loads(api.ask("/api/assets"))["assets"]
    (url,) = [asset["url"] for asset in assets if asset["path"].endswith("notes.txt")]
    assert ask_raw(api.url, request(api.url, url)).status == 200
    path, _, query = url.partition("?")
    signature = query.rpartition("&sig=")[2]
    later = query.replace("&expires=", "&expires=9")
    for other in (
        f"{path}x?{query}", f"{path}?{later}", f"{path}?{query}0", f"{path}?{query[:-1]}",
        f"{path}?sig={signature}", f"{path}/../notes.txt?{query}", f"/api/status?{query}",
        f"{path.replace('%2F', '/')}?{query}", f"{path}?{query}&sig={signature}",
    ):  # fmt: skip
        assert ask_raw(api.url, request(api.url, other)).status == 401, other
    for method in ("HEAD", "POST", "PUT", "DELETE"):
        assert ask_raw(api.url, request(api.url, url, method=method)).status == 401
    for line in (
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: http://evil.example",
    ):
        assert ask_raw(api.url, request(api.url, url, line)).status == 403
    assert os.fspath(Path(api.url)) not in query
