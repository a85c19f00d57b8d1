"""Joining: values in, values out."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farboard.hub.arrow import END, join_streams, split_stream
from farboard.hub.change import merge_changes
from farboard.hub.join import join_items, join_tags, joint_range, natural_key
from farboard.hub.rows import CsvRows, JsonRows
from farboard.hub.untrusted import BadAnswerError, read_objects
from tests.hub.fake_link import pieces

SCHEMA = pa.schema([("id", pa.uint32()), ("value", pa.list_(pa.float64()))])


def arrow_stream(*rows: tuple[int, list[float]]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for number, values in rows:
            batch = [pa.array([number], pa.uint32()), pa.array([values], pa.list_(pa.float64()))]
            writer.write_batch(pa.record_batch(batch, schema=SCHEMA))
    return bytes(sink.getvalue().to_pybytes())


def test_arrow_streams_become_one_that_arrow_reads() -> None:
    one, other = arrow_stream((0, [1.0, 2.0]), (2, [])), arrow_stream((1, [3.0]))
    table = pa.ipc.open_stream(join_streams([one, arrow_stream(), other])).read_all()
    assert table.to_pydict() == {"id": [0, 2, 1], "value": [[1.0, 2.0], [], [3.0]]}


def test_one_arrow_stream_stays_as_it_is() -> None:
    stream = arrow_stream((7, [1.0]))
    assert join_streams([stream]) == stream


@pytest.mark.parametrize("cut", [0, 3, 8, 40, -1, -8])
def test_a_cut_arrow_stream_is_refused(cut: int) -> None:
    stream = arrow_stream((0, [1.0]))
    with pytest.raises(BadAnswerError):
        split_stream(stream[:cut] if cut else b"")


def test_arrow_streams_of_other_columns_are_refused() -> None:
    other = pa.BufferOutputStream()
    with pa.ipc.new_stream(other, pa.schema([("id", pa.int8())])):
        pass
    with pytest.raises(BadAnswerError):
        join_streams([arrow_stream(), other.getvalue().to_pybytes()])


@given(st.binary(max_size=64))
def test_any_bytes_are_split_or_refused(data: bytes) -> None:
    try:
        schema, batches = split_stream(data)
    except BadAnswerError:
        return
    assert schema + batches + END == data


FIELD = st.text(st.sampled_from('ab",\r\n é'), max_size=6)


@given(st.lists(st.lists(FIELD, min_size=2, max_size=2), max_size=5), st.integers(1, 9))
def test_csv_rows_get_a_first_column_wherever_chunks_are_cut(
    rows: list[list[str]], size_bytes: int
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["run", "tag"], *rows])
    data = text.getvalue().encode()
    source = 'gpu1:"a, b"'
    prefixer = CsvRows(source, with_header=True)
    cuts = [data[place : place + size_bytes] for place in range(0, len(data), size_bytes)]
    joined = b"".join(prefixer.feed(cut) for cut in cuts).decode()
    back = list(csv.reader(io.StringIO(joined, newline="")))
    assert back == [["source", "run", "tag"], *([source, *row] for row in rows)]


def test_a_second_source_brings_no_header() -> None:
    rows = CsvRows(None, with_header=False)
    assert rows.feed(b"run,t") + rows.feed(b"ag\na,b\n") == b"a,b\n"


@given(st.integers(1, 30))
def test_json_lines_get_a_first_key_wherever_they_are_cut(size_bytes: int) -> None:
    lines = [{"run": "a\n", "value": 1}, {"run": '"}{', "value": 2}]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    rows = JsonRows("gpu1:é")
    cuts = [data[place : place + size_bytes] for place in range(0, len(data), size_bytes)]
    back = b"".join(rows.feed(cut) for cut in cuts).splitlines()
    assert [json.loads(line) for line in back] == [{"source": "gpu1:é", **line} for line in lines]


def test_names_sort_as_people_count() -> None:
    in_order = [
        "9", "10", "9" * 5000, "Run1", "a", "a-", "a1", "ab", "lr=0.1/x", "run", "run02", "run2",
        "run2/a", "run2b", "run10", "é",
    ]  # fmt: skip
    shuffled = in_order[1::2] + in_order[::2]
    assert sorted(shuffled, key=natural_key) == in_order


def part(runs: list[str], *tags: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": "e", "version": 3, "runs": runs, "tags": list(tags)}


def tag(name: str, runs: list[int], kind: str = "scalar", **more: Any) -> dict[str, Any]:
    count = len(runs)
    entry = {
        "tag": name, "kind": kind, "plugin": "scalars", "display_name": "", "description": "",
        "run": runs, "points": [5] * count, "superseded": [0] * count,
        "first_step": [0] * count, "last_step": [9] * count,
        "min_step": [0] * count, "max_step": [9] * count,
        "first_wall_time_s": [100.0] * count, "last_wall_time_s": [104.0] * count,
        "last_value": [0.5] * count, "nan": [0] * count, "inf": [0] * count,
        "last_non_finite_step": [None] * count,
    }  # fmt: skip
    return {**entry, **more}


def test_tags_of_several_sources_become_one_entry() -> None:
    odd = {"last_value": [1.0, "NaN"], "nan": [0, 3], "last_non_finite_step": [None, 7]}
    joined = join_tags([
        ("here", part(["a", "b"], tag("loss", [0, 1], **odd), tag("t10", [0]))),
        ("gpu1:runs", part(["a"], tag("t2", [0]), tag("loss", [0], display_name="Loss"))),
    ])  # fmt: skip
    assert joined["runs"] == ["a", "b", "a"]
    assert joined["run_source"] == ["here", "here", "gpu1:runs"]
    assert joined["sources"] == {
        name: {"epoch": "e", "version": 3} for name in ("here", "gpu1:runs")
    }
    assert [entry["tag"] for entry in joined["tags"]] == ["loss", "t2", "t10"]
    loss, t2, _ = joined["tags"]
    assert loss["run"] == [0, 1, 2]
    assert loss["last_value"] == [1.0, "NaN", 0.5]
    assert (loss["nan"], loss["inf"]) == ([0, 3, 0], [0, 0, 0])
    assert loss["last_non_finite_step"] == [None, 7, None]
    assert loss["display_name"] == "Loss"
    assert t2["run"] == [2]


def test_the_same_tag_of_another_kind_stays_apart() -> None:
    joined = join_tags(
        [("x", part(["a"], tag("t", [0]))), ("y", part(["a"], tag("t", [0], "image")))]
    )
    assert [entry["kind"] for entry in joined["tags"]] == ["scalar", "image"]


def test_joining_leaves_the_parts_alone() -> None:
    first = part(["a"], tag("t", [0]))
    before = json.dumps(first)
    join_tags([("x", first), ("y", part(["a"], tag("t", [0])))])
    assert json.dumps(first) == before


@pytest.mark.parametrize("nonsense", [{}, {"runs": 1, "tags": []}, {"runs": [], "tags": [1]}])
def test_nonsense_is_a_bad_answer(nonsense: Any) -> None:
    for join in (join_tags, lambda parts: join_items(parts, "runs")):
        with pytest.raises(BadAnswerError):
            join([("x", {"epoch": "e", **nonsense})])


def test_runs_say_where_they_are_from() -> None:
    runs = {"epoch": "e", "version": 1, "runs": [{"run": "a"}]}
    joined = join_items([("x", runs), ("y", runs)], "runs")
    assert joined["runs"] == [{"source": "x", "run": "a"}, {"source": "y", "run": "a"}]


def test_the_joint_range_spans_all_asked_series_and_no_others() -> None:
    tags = join_tags([
        ("x", part(["a", "b"], tag("t", [0, 1], last_step=[50, 999], max_step=[70, 999]))),
        ("y", part(["a"], tag("t", [0], first_step=[-3], first_wall_time_s=[90.0]),
                   tag("u", [0], "image"))),
    ])  # fmt: skip
    asked = [{"source": name, "run": "a", "tag": "t"} for name in ("x", "y")]
    asked.append({"source": "y", "run": "a", "tag": "u"})
    assert joint_range(tags, asked, "step", "latest") == (-3, 50)
    assert joint_range(tags, asked, "step", "all") == (0, 70)
    assert joint_range(tags, asked, "wall_time", "latest") == (90.0, 104.0)
    assert joint_range(tags, asked, "relative", "latest") == (0.0, 14.0)
    assert joint_range(tags, [], "step", "latest") is None


async def test_changes_are_read_wherever_they_are_cut() -> None:
    data = b'{"version":1}\n\n{"version":2,"series":[]}\n{"cut'
    for size_bytes in range(1, len(data)):
        read = [change async for change in read_objects(pieces(data, size_bytes))]
        assert [change["version"] for change in read] == [1, 2]


@pytest.mark.parametrize("line", [b"nonsense\n", b"[1]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
async def test_other_lines_are_bad_answers(line: bytes) -> None:
    with pytest.raises(BadAnswerError):
        async for _ in read_objects(pieces(line, 1 << 16)):
            pass


def test_merged_changes_tell_all_that_happened() -> None:
    first = {"epoch": "e", "version": 1, "reindex": True, "series": [
        {"run": "a", "tag": "t", "kind": "scalar", "points": 1},
        {"run": "b", "tag": "t", "kind": "scalar", "points": 7}]}  # fmt: skip
    second = {"epoch": "e", "version": 2, "reindex": False, "series": [
        {"run": "a", "tag": "t", "kind": "scalar", "points": 2}]}  # fmt: skip
    merged = merge_changes(first, second)
    assert merged["version"] == 2
    assert merged["reindex"] is True
    assert [(item["run"], item["points"]) for item in merged["series"]] == [("a", 2), ("b", 7)]


def test_a_change_of_another_engine_replaces_what_waited() -> None:
    old = {"epoch": "e", "version": 900, "reindex": False, "series": [{"run": "gone"}]}
    new = {"epoch": "f", "version": 1, "reindex": False, "series": []}
    assert merge_changes(old, new) == {**new, "reindex": True}
