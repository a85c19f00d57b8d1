"""A real Chromium: what stands in log files stays text, and a page of another port gets nothing."""

# ruff: noqa: E501 - the script stands here as it is sent

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter as OtherWriter

from farboard.writer.summary_writer import SummaryWriter
from tests.browser.conftest import _engine, browser, new_page, nothing_stays, serve
from tests.cli.programs import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

__all__ = ["_engine", "browser", "new_page", "nothing_stays", "serve"]

pytestmark = pytest.mark.slow

CANARY = "window.canary = () => { document.documentElement.dataset.canary = 'ran'; };"
ATTACKS = [
    "<img src=x onerror=canary()>",
    "<script>canary()<",
    "<svg onload=canary()>",
    "'\"><iframe srcdoc='<script>parent.canary()</script>'>",
    "[x](javascript:canary()) ![x](x onerror=canary()) {{canary()}} ${canary()}",
    "</title></script></textarea><script>canary()</script>",
]

# Everything that a page of another origin can try; what it got, by name.
FOREIGN_PAGE = """<!doctype html><title>busy</title><body><script>
const board = BOARD, code = CODE, got = {};
const soon = (work) => Promise.race([work, new Promise((done) => setTimeout(() => done("nothing"), 4000))]);
const ask = (name, path, how) => fetch(board + path, how)
    .then((answer) => answer.text().then((text) => { got[name] = `${answer.type} ${text.length}`; }),
          () => { got[name] = "refused"; });
const element = (name, tag, attribute, path) => new Promise((done) => {
    const one = document.createElement(tag);
    one.onload = () => { got[name] = "loaded"; done(); };
    one.onerror = () => { got[name] = "refused"; done(); };
    one[attribute] = board + path;
    document.body.append(one);
});
const socket = () => new Promise((done) => {
    const one = new WebSocket(board.replace("http", "ws") + "/api/changes");
    one.onopen = () => { got.socket = "open"; done(); };
    one.onerror = () => { got.socket = "refused"; done(); };
});
const framed = () => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.onload = () => {
        try { got.frame = frame.contentDocument ? "inside" : "refused"; } catch { got.frame = "refused"; }
        done();
    };
    frame.src = board + "/";
    document.body.append(frame);
});
const opened = () => {
    const other = window.open(board + "/");
    addEventListener("message", () => { got.message = "answered"; });
    return new Promise((done) => setTimeout(() => {
        try { other.postMessage({secret: true}, "*"); } catch {}
        try { got.opened = other.localStorage.length + " stored"; } catch { got.opened = "refused"; }
        if (!other || other.closed) got.opened = "refused";
        done();
    }, 1500));
};
const posted = () => {
    const frame = document.createElement("iframe");
    frame.name = "sink";
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", action: board + "/api/login", target: "sink", enctype: "text/plain"});
    const field = document.createElement("input");
    field.name = `{"code": "${code}", "x": "`;
    field.value = '"}';
    form.append(field);
    document.body.append(frame, form);
    form.submit();
    return new Promise((done) => setTimeout(done, 1000));
};
soon(Promise.all([
    ask("fetch", "/api/status", {headers: {Authorization: "Bearer guess"}}),
    ask("simple", "/api/status", {}), ask("blind", "/api/status", {mode: "no-cors"}),
    ask("login", "/api/login", {method: "POST", body: JSON.stringify({code})}),
    ask("blindlogin", "/api/login", {method: "POST", mode: "no-cors", body: JSON.stringify({code})}),
    element("image", "img", "src", "/api/blob/24.0.0/a?source=x&expires=9999999999&sig=0"),
    element("icon", "img", "src", "/icon.svg"), element("script", "script", "src", "/app.js"),
    socket(), framed(), opened(), posted(),
])).then(() => { document.title = JSON.stringify(got); });
</script>"""


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Serves one page on a port of its own."""
    content = [b""]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content[0])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def publish(page: str) -> str:
        content[0] = page.encode()
        return f"http://127.0.0.1:{server.server_port}/"

    yield publish
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_in_a_log_file_runs(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    logdir = tmp_path / "<img src=x onerror=canary()>"
    for place, attack in enumerate(ATTACKS):
        with SummaryWriter(logdir / attack) as writer:
            for step in range(11):
                writer.add_scalar(f"{attack}/{attack}", step + place, step)
        other = OtherWriter(str(logdir / attack), filename_suffix=".text")
        other.add_text(f"text {attack}", f"# {attack}\n\n{attack}", 0)
        other.close()
    board = new_page()
    board.page.add_init_script(CANARY)
    board.open(serve(logdir, "--port", "0").link())
    expect(board.get("run-row")).to_have_count(len(ATTACKS))
    cards = board.get("card")
    expect(cards.first).to_have_attribute("data-state", "drawn")
    for place in range(min(3, cards.count())):
        cards.nth(place).scroll_into_view_if_needed()
        cards.nth(place).locator(".u-over").hover()
    expect(board.get("tooltip")).to_be_visible()
    state = board.page.evaluate(
        """() => [typeof window.canary, document.documentElement.dataset.canary ?? "",
            document.querySelectorAll("iframe, script:not([src]), [onerror], [onload]").length]"""
    )
    assert state == ["function", "", 0]


def test_a_page_of_another_port_gets_nothing(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    elsewhere: Callable[[str], str],
) -> None:
    with SummaryWriter(tmp_path / "runs") as writer:
        writer.add_scalar("loss", 1.0, 0)
    served = serve(tmp_path / "runs", "--port", "0")
    board = new_page()
    board.open(served.link())  # its secret is in this browser now
    code = served.link().rpartition("=")[2]
    page = FOREIGN_PAGE.replace("BOARD", json.dumps(served.api.url)).replace(
        "CODE", json.dumps(code)
    )
    foreign = board.page.context.new_page()
    foreign.goto(elsewhere(page))
    foreign.wait_for_function("document.title !== 'busy'")
    got = json.loads(foreign.title())
    # An opaque answer is one that nobody can read: its text is empty.
    allowed = {"refused", "opaque 0"}
    assert {name: value for name, value in got.items() if value not in allowed} == {}
    assert {"fetch", "simple", "login", "socket", "image", "frame", "opened"} <= set(got)
    # The code was good all the time, and nobody has used it up.
    assert Api(served.api.url, code).secret == served.api.secret
