/** Answers of the real hub (tests/snapshots), read as the page reads them. */
import { afterEach, describe, expect, test, vi } from "vitest";
import bands from "../../../tests/snapshots/bands.json";
import change_message from "../../../tests/snapshots/change.json";
import hello_message from "../../../tests/snapshots/hello.json";
import hparams from "../../../tests/snapshots/hparams.json";
import page from "../../../tests/snapshots/page.json";
import runs_answer from "../../../tests/snapshots/runs.json";
import statistics from "../../../tests/snapshots/statistics.json";
import status from "../../../tests/snapshots/status.json";
import tags_answer from "../../../tests/snapshots/tags.json";
import { postBands } from "../../src/api/bands";
import { parseMessage } from "../../src/api/change";
import { getHparams, joinHparams } from "../../src/api/hparams";
import { getPage } from "../../src/api/page";
import { getRuns } from "../../src/api/run";
import { getStatus } from "../../src/api/source";
import { postStatistics } from "../../src/api/statistics";
import { getTags } from "../../src/api/tag";
import { buildBoard, emptyBoard, runKey } from "../../src/state/board";

const SOURCE = "runs";
const NO_SIGNAL = new AbortController().signal;

/** Has the hub answer everything with a snapshot. */
function answerWith(snapshot: unknown): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(snapshot), { status: 200 })));
}

afterEach(() => vi.unstubAllGlobals());

describe("what the hub says", () => {
  test("of its sources", async () => {
    answerWith(status);
    const { hub, sources } = await getStatus();
    expect(hub.version).toBe("0.1.0");
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({ source: SOURCE, kind: "local", state: "live", same_as: null, moved: null });
    expect(sources[0]?.load).toMatchObject({ state: "live", runs: 2 });
    expect(sources[0]?.losses_total?.count).toBe(1);
    expect(sources[0]?.losses_by_file[0]?.kinds).toEqual(new Map([["payload_checksum", 1]]));
  });

  test("of runs and tags makes a board", async () => {
    answerWith(runs_answer);
    const { runs, sources } = await getRuns();
    answerWith(tags_answer);
    const tags = await getTags();
    expect([...sources.keys()]).toEqual([SOURCE]);
    const board = buildBoard(runs, tags, new Map(), emptyBoard());
    expect(board.runs.map((run) => run.name)).toEqual(["a", "b"]);
    const loss = board.tag_of.get("loss")?.series;
    expect(loss?.get(runKey(SOURCE, "a"))).toMatchObject({
      points: 3,
      last_value: 0.25,
      nan: 1,
      last_non_finite_step: 1,
    });
    expect(loss?.get(runKey(SOURCE, "b"))).toMatchObject({
      points: 2,
      nan: 0,
      inf: 0,
      last_non_finite_step: Number.NaN,
    });
    expect(tags.tags.map((tag) => tag.kind)).toEqual(["scalar", "histogram"]);
  });

  test("of hyperparameters", async () => {
    answerWith(hparams);
    const runs = await getHparams();
    const [a] = runs.filter((run) => run.run === "a").map(joinHparams);
    expect(a).toEqual(
      new Map<string, unknown>([
        ["lr", 0.1],
        ["model/depth", 4],
        ["note", null],
      ]),
    );
  });

  test("of what the page begins with", async () => {
    answerWith(page);
    expect(await getPage()).toMatchObject({ defaults: "", theme: "system", view: null });
  });

  test("of statistics and bands", async () => {
    answerWith(statistics);
    const [a] = await postStatistics({ series: [], range: null, mean_of_last: null });
    expect(a).toMatchObject({ id: 0, points: 3, nan: 1, mean: 0.625, change: -0.75 });
    answerWith(bands);
    const [band] = await postBands(
      { groups: [], x: "step", x_scale: "linear", range: null, width_px: null, smoothing: 0, restarts: "latest" },
      NO_SIGNAL,
    );
    expect(band?.series).toBe(2);
    expect(band?.mean.length).toBe(band?.n.length);
  });

  test("when one begins to listen, and of what grew", () => {
    const hello = parseMessage(JSON.stringify(hello_message));
    expect(hello).toMatchObject({ type: "hello", sources: [{ source: SOURCE, state: "live" }] });
    const change = parseMessage(JSON.stringify(change_message));
    expect(change).toMatchObject({ type: "change", source: SOURCE, reindex: false, load: { state: "live" } });
    if (change?.type !== "change") return;
    expect(change.series).toMatchObject([
      { run: "b", tag: "loss", kind: "scalar", points: 3, last_step: 2, nan: 0, inf: 1, last_non_finite_step: 2 },
    ]);
    expect(change.series[0]?.last_value).toBe(Number.POSITIVE_INFINITY);
  });
});
