"""The commands as programs, with the real engine on real files."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import PROGRAM, Board, environment, write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def _engine() -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    directory = tmp_path / "runs"
    write_run(directory / "a,1")
    write_run(directory / "b", points=20)
    return directory


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Board]]:
    with contextlib.ExitStack() as stack:

        def start(*arguments: object, in_terminal: bool = False) -> Board:
            texts = [str(argument) for argument in arguments]
            board = Board(tmp_path, *texts, "--no-open", in_terminal=in_terminal)
            stack.callback(board.close)
            return board

        yield start


def run(tmp_path: Path, *arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=60,
        check=False,
        **more,
    )


def engines_of(pid: int) -> list[int]:
    """Processes whose parent is `pid`."""
    children = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                children.append(int(status.parent.name))
    return children


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# ls and export


def test_ls_lists_the_runs(tmp_path: Path, runs: Path) -> None:
    done = run(tmp_path, "ls", runs)
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:4] for row in rows[1:]] == [["a,1", "10", "1", "9"], ["b", "20", "1", "19"]]
    assert done.stderr == ""


def test_ls_json_is_json(tmp_path: Path, runs: Path) -> None:
    answer = json.loads(run(tmp_path, "ls", runs, "--json").stdout)
    assert [entry["points"] for entry in answer["runs"]] == [10, 20]


def test_export_has_every_point(tmp_path: Path, runs: Path) -> None:
    done = run(tmp_path, "export", runs)
    assert done.stdout.splitlines()[0] == "run,tag,step,wall_time,value,superseded"
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["run"], int(row["step"])) for row in rows] == [
        *(("a,1", step) for step in range(10)), *(("b", step) for step in range(20)),
    ]  # fmt: skip
    assert float(rows[9]["value"]) == pytest.approx(0.1)


def test_export_jsonl_of_one_run_into_a_file(tmp_path: Path, runs: Path) -> None:
    output = tmp_path / "b.jsonl"
    done = run(tmp_path, "export", runs, "--run", "^b$", "--format", "jsonl", "-o", output)
    assert (done.returncode, done.stdout) == (0, "")
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert {line["run"] for line in lines} == {"b"}
    assert len(lines) == 20


def test_a_check_of_sound_files_is_exit_code_0(tmp_path: Path, runs: Path) -> None:
    done = run(tmp_path, "check", runs)
    assert (done.returncode, done.stderr) == (0, "")
    assert "scalar: 1 tag, 10 values" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(": nothing is lost")
    assert "\x1b" not in done.stdout


def test_a_check_finds_one_flipped_bit_and_leaves_the_files_alone(
    tmp_path: Path, runs: Path
) -> None:
    (file,) = (runs / "b").iterdir()
    content = bytearray(file.read_bytes())
    content[-3] ^= 0x10
    file.write_bytes(content)
    before = {path: path.stat() for path in runs.rglob("*")}
    done = run(tmp_path, "check", runs, "--json")
    assert done.returncode == 1
    *files, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert [file["losses_total"]["count"] for file in files] == [0, 1]
    [loss] = files[1]["losses"]
    assert loss["kind"] == "payload_checksum"
    assert loss["offset_bytes"] + loss["length_bytes"] == len(content)
    assert last["total"]["files_with_losses"] == 1
    after = {path: path.stat() for path in runs.rglob("*")}
    kept = [(stat.st_size, stat.st_mtime_ns) for stat in after.values()]
    assert kept == [(stat.st_size, stat.st_mtime_ns) for stat in before.values()]
    assert list(after) == list(before)


def test_a_board_passes_a_check_and_files_on(runs: Path, start: Callable[..., Board]) -> None:
    api = start(runs, "--port", "0").api()
    api.until(lambda entry: entry["load"] and entry["load"]["state"] == "live")
    files = json.loads(api.ask("/api/files"))["files"]
    assert [(file["source"], file["records"]) for file in files] == [
        (str(runs), 11), (str(runs), 21),
    ]  # fmt: skip
    lines = api.ask(f"/api/check?source={quote(str(runs))}").splitlines()
    assert json.loads(lines[-1])["total"]["values"] == 30


def test_a_reader_that_leaves_is_no_error(tmp_path: Path, runs: Path) -> None:
    write_run(runs / "long", points=20_000)
    program = subprocess.Popen(
        [*PROGRAM, "export", str(runs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    assert program.stdout
    assert program.stderr
    program.stdout.readline()
    program.stdout.close()
    assert program.wait(60) == 141
    assert program.stderr.read() == b""
    program.stderr.close()


def test_nothing_that_matches_is_exit_code_1(tmp_path: Path, runs: Path) -> None:
    done = run(tmp_path, "export", runs, "--tag", "nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("farboard: no scalar matches")


@pytest.mark.parametrize("command", [("ls",), ("export",), ("--port", "0", "--no-open")])
def test_a_missing_directory_is_exit_code_5(
    tmp_path: Path, runs: Path, command: tuple[str, ...]
) -> None:
    done = run(tmp_path, *command, runs.parent / "run")
    assert done.returncode == 5
    assert "has no" in done.stderr
    assert str(runs) in done.stderr  # the closest name


# The board


def test_a_board_answers_and_ends(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0")
    api = board.api()
    source = api.until(lambda entry: entry["state"] == "live" and entry["load"]["points"] == 30)
    tags = json.loads(api.ask("/api/tags"))
    assert tags["runs"] == ["a,1", "b"]
    series = [{"source": source["source"], "run": "b", "tag": "train/loss"}]
    body = {"series": series, "width_px": 100, "smoothing": 0.5}
    table = pa.ipc.open_stream(api.ask("/api/scalars", body, "*/*")).read_all()
    assert table.column("step").to_pylist() == [list(range(20))]
    assert len(table.column("smoothed").to_pylist()[0]) == 20
    (engine,) = engines_of(board.process.pid)
    assert board.end() == 130
    assert gone(engine)
    assert board.said.splitlines()[-1] == "Stopped."
    assert board.process.stdout
    assert board.process.stdout.read() == b""


def test_several_directories_are_one_board(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    write_run(tmp_path / "more" / "c")
    board = start(runs, tmp_path / "more", tmp_path / "nothing here", "--port", "0")
    api = board.api()
    names = [str(runs), str(tmp_path / "more"), str(tmp_path / "nothing here")]

    def runs_are_there() -> bool:
        answer = json.loads(api.ask("/api/runs"))
        found = {(entry["source"], entry["run"]) for entry in answer["runs"]}
        return found == {(names[0], "a,1"), (names[0], "b"), (names[1], "c")}

    api.until(lambda _: runs_are_there())
    series = [
        {"source": names[0], "run": "b", "tag": "train/loss"},
        {"source": names[1], "run": "c", "tag": "train/loss"},
    ]
    answer = api.ask("/api/scalars", {"series": series, "width_px": 50}, "*/*")
    table = pa.ipc.open_stream(answer).read_all()
    assert table.sort_by("id").column("points").to_pylist() == [20, 10]
    rows = csv.DictReader(io.StringIO(api.ask("/api/export", {"series": series}).decode()))
    assert {(row["source"], row["run"]) for row in rows} == {(names[0], "b"), (names[1], "c")}
    assert "has no" in board.wait_for("farboard: .*")[0]
    board.end()


def test_new_points_arrive(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0")
    api = board.api()
    api.until(lambda entry: entry["load"]["points"] == 30)
    write_run(runs / "new", points=5)
    api.until(lambda entry: entry["load"]["points"] == 35)


def test_a_killed_engine_comes_back(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0")
    api = board.api()
    before = api.until(lambda entry: entry["state"] == "live" and entry["engine"])
    (engine,) = engines_of(board.process.pid)
    os.kill(engine, signal.SIGKILL)
    epoch = before["engine"]["epoch"]
    after = api.until(lambda entry: entry["state"] == "live" and entry["engine"]["epoch"] != epoch)
    assert after["load"]["points"] == 30
    board.wait_for("no connection since")
    board.wait_for("back after")


def test_a_logdir_in_tensorboards_spelling_may_appear_later(
    runs: Path, start: Callable[..., Board]
) -> None:
    late = runs.parent / "late"
    board = start(f"--logdir={late}", "--port=0", "--reload_interval=5")
    api = board.api()
    board.wait_for("--reload_interval is ignored")
    board.wait_for("Watching")
    write_run(late / "a")
    api.until(lambda entry: entry["logdir"]["state"] == "ok" and entry["load"]["points"] == 10)


@pytest.mark.parametrize(("number", "code"), [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129),
])  # fmt: skip
def test_signals_end_everything(
    runs: Path, start: Callable[..., Board], number: int, code: int
) -> None:
    board = start(runs, "--port", "0")
    board.api()
    (engine,) = engines_of(board.process.pid)
    assert board.end(number) == code
    assert gone(engine)
    assert list(runs.parent.glob("farboard/*.json")) == []


def test_an_exact_port_that_is_taken_is_exit_code_4(tmp_path: Path, runs: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run(tmp_path, runs, "--port", port, "--no-open")
    assert done.returncode == 4
    assert f"port {port} is in use" in done.stderr
    assert f"pid {os.getpid()}" in done.stderr


def test_a_second_start_opens_the_first(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    board = start(runs, "--port", "0")
    first = board.api()
    done = run(tmp_path, runs, "--no-open")
    assert done.returncode == 0
    assert f"Already running: {first.url}/ (pid {board.process.pid})." in done.stderr
    code = done.stderr.partition("#code=")[2].split()[0]
    secret = json.loads(first.ask("/api/login", {"code": code}))["secret"]
    assert secret == first.secret


# In a terminal


def test_enter_prints_a_link_that_works(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0", in_terminal=True)
    first = board.api()
    board.wait_for("Enter prints a new link")
    board.said = ""
    board.press(b"\n")
    second = board.api()
    assert second.secret == first.secret


def test_ctrl_c_in_the_terminal(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0", in_terminal=True)
    board.wait_for("Ctrl-C stops")
    (engine,) = engines_of(board.process.pid)
    board.press(b"\x03")
    assert board.wait() == 130
    assert gone(engine)
    assert board.said.endswith("^C\r\nStopped.\r\n")
    assert "Traceback" not in board.said


def test_a_closed_terminal_ends_everything(runs: Path, start: Callable[..., Board]) -> None:
    board = start(runs, "--port", "0", in_terminal=True)
    board.wait_for("Ctrl-C stops")
    (engine,) = engines_of(board.process.pid)
    board.hang_up()
    assert board.process.wait(30) == 129
    assert gone(engine)


def test_ls_is_a_table_in_a_terminal(runs: Path, start: Callable[..., Board]) -> None:
    board = start("ls", runs, in_terminal=True)
    assert board.wait() == 2  # --no-open is not for ls
    board = Board(runs.parent, "ls", str(runs), in_terminal=True)
    try:
        assert board.wait() == 0
        assert "last step" in board.said
        assert "\t" not in board.said
    finally:
        board.close()


def test_a_browser_is_opened_with_a_file_not_a_code(tmp_path: Path, runs: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {seen}.part\nmv {seen}.part {seen}\n')
    browser.chmod(0o700)
    program = subprocess.Popen(
        [*PROGRAM, str(runs), "--port", "0"],
        stderr=subprocess.PIPE,
        env={
            name: value
            for name, value in environment(tmp_path, BROWSER=str(browser)).items()
            if not name.startswith("SSH_")
        },
    )
    assert program.stderr
    try:
        for line in program.stderr:
            if b"Ctrl-C" in line:
                break
        for _ in range(600):
            if seen.exists():
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(0.05)
        (address,) = seen.read_text().splitlines()
        assert address.startswith("file://")
        assert "code" not in address
        page = Path(address.removeprefix("file://"))
        assert "#code=" in page.read_text()
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(30)
        program.stderr.close()
    assert not page.exists()
