/**
 * A hub without machines, to work on the page and to test it: `node test/mock_hub.mjs [--port 6016] [--runs 6] …`.
 *
 * Answers the routes of docs/http-api.md from made-up training runs that grow while one looks. Every option of
 * `OPTIONS` is a number or a word; while it runs, `POST /mock` with `{"source": "gpu1:runs", "state": "lost"}`
 * changes how a source is, and `{"live": 0}` and the like change options.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { bool, float64, int64, list, tableFromArrays, tableToIPC, uint8, uint32, uint64 } from "@uwdata/flechette";
import { WebSocketServer } from "ws";

const HERE = dirname(fileURLToPath(import.meta.url));
const OPTIONS = {
  port: 6016,
  runs: 6,
  points: 4000,
  sources: 1,
  /** Runs still in training. */
  live: 2,
  /** Points that a live run gains a second. */
  rate: 4,
  /** plain, long (names), empty, missing, loading, few (points), many (tags), states (of sources) */
  scene: "plain",
  code: "mock",
  secret: "mock-secret",
  static: join(HERE, "..", "..", "src", "farboard", "static"),
};

const NAMES = [
  "gpu1:runs",
  "gpu2:/scratch/runs",
  "./local",
  "you@gpu-login-17.cluster.example.org:/lustre/project-0042/experiments/2024/ablations",
  "gpu4:runs",
  "gpu5:runs",
  "gpu6:runs",
  "gpu-login2:runs",
];
/** One of each, for the scene `states`. */
const STATES = [
  { clock_skew_s: 41, clock_correction_s: 41 },
  { state: "quiet" },
  { state: "connecting" },
  { state: "lost", message: "no answer from gpu-login-17" },
  { state: "retrying", message: "no answer from gpu4" },
  { state: "needs_you", message: "gpu5 wants you to log in again" },
  { state: "failed", message: "gpu6 does not answer", hint: "VPN?" },
  { same_as: "gpu1:runs" },
];

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

const TAGS = [
  "loss",
  "train/loss",
  "train/accuracy",
  "train/grad_norm",
  "train/lr",
  "train/throughput/samples_per_s",
  "val/loss",
  "val/accuracy",
  "val/perplexity",
  "system/gpu0/memory_gb",
  "system/gpu0/utilisation",
];

class Refusal extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

export function startMock(overrides = {}) {
  const options = { ...OPTIONS, ...overrides };
  const started_s = Date.now() / 1000;
  const epoch = "6f1d2c3b4a596877";
  const world = makeWorld(options, started_s);
  const sockets = new Set();
  let version = 1;

  const status = () => world.sources.map((source) => sourceStatus(world, source));
  const answered = () => Object.fromEntries(world.sources.map(({ source }) => [source, { epoch, version }]));
  const tell = (message) => {
    for (const socket of sockets) socket.send(JSON.stringify(message));
  };

  const timer = setInterval(() => {
    const grown = grow(world, options);
    version++;
    for (const [source, series] of grown) {
      tell({
        type: "change",
        source,
        epoch,
        version,
        reindex: false,
        load: load(world, source),
        losses_total: LOSSES_TOTAL,
        series,
      });
    }
    for (const source of status()) tell({ type: "source", source });
  }, 500);

  const routes = {
    "GET /api/status": () => ({ hub: hub(started_s), sources: status() }),
    "GET /api/runs": () => ({ runs: runEntries(world), sources: answered() }),
    "GET /api/tags": () => ({ ...tagEntries(world), sources: answered() }),
    "GET /api/hparams": () => ({ runs: hparamEntries(world), sources: answered() }),
    "POST /api/statistics": (ask) => ({ series: statistics(world, ask) }),
    "POST /api/retry": ({ source }) => {
      const found = world.sources.find((s) => s.source === source);
      if (found) found.state = "live";
      return { ok: true };
    },
    "POST /api/sources": ({ target }) => {
      if (target.startsWith("-"))
        throw new Refusal(`the host "${target}" begins with "-"`, "ssh would take it for an option; check it");
      if (world.sources.every((s) => s.source !== target)) {
        const kind = target.includes(":") ? "ssh" : "local";
        const now_s = Date.now() / 1000;
        world.sources.push({
          source: target,
          kind,
          state: "connecting",
          since_s: now_s,
          heard_s: null,
          received_bytes: 0,
        });
      }
      for (const source of status()) tell({ type: "source", source });
      return { source: target, added: true };
    },
    "POST /api/sources/remove": ({ source }) => {
      world.sources = world.sources.filter((s) => s.source !== source);
      world.runs = world.runs.filter((run) => run.source !== source);
      tell({ type: "source_removed", source });
      return { source, confirmed: true };
    },
    "POST /mock": (change) => {
      const found = world.sources.find((s) => s.source === change.source);
      if (found) Object.assign(found, change, { since_s: Date.now() / 1000, heard_s: Date.now() / 1000 });
      else Object.assign(options, change);
      for (const source of status()) tell({ type: "source", source });
      return { ok: true };
    },
  };

  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const body = request.method === "POST" ? JSON.parse((await readBody(request)) || "{}") : null;
    const json = (answer, code = 200) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    };
    const refuse = (code, name, message, hint) => json({ error: { code: name, message, hint } }, code);
    if (path === "/api/login") {
      if (body.code !== options.code)
        return refuse(
          401,
          "unauthorized",
          "This code is used up or was never given.",
          "press Enter in the terminal for a new link",
        );
      return json({ secret: options.secret });
    }
    if (path.startsWith("/api/") && request.headers.authorization !== `Bearer ${options.secret}`) {
      return refuse(401, "unauthorized", "The secret is missing or wrong.", "open the link printed in the terminal");
    }
    if (path === "/api/scalars") {
      response.writeHead(200, { "content-type": "application/vnd.apache.arrow.stream" });
      return response.end(scalars(world, body));
    }
    if (path === "/api/export") {
      response.writeHead(200, { "content-type": "text/csv" });
      return response.end(exported(world, body));
    }
    const route = routes[`${request.method} ${path}`];
    try {
      if (route) return json(route(body ?? {}));
    } catch (problem) {
      if (problem instanceof Refusal) return refuse(400, "bad_request", problem.message, problem.hint);
      throw problem;
    }
    return serveFile(options.static, path, response);
  });

  const upgrades = new WebSocketServer({ server, path: "/api/changes" });
  upgrades.on("connection", (socket) => {
    socket.once("message", (data) => {
      if (JSON.parse(String(data)).secret !== options.secret) return socket.close(4401);
      sockets.add(socket);
      socket.send(JSON.stringify({ type: "hello", hub: hub(started_s), sources: status() }));
    });
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(options.port, "127.0.0.1");
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.terminate();
    server.closeAllConnections();
    server.close();
  };
}

const hub = (started_at_s) => ({ version: "0.1.0", pid: process.pid, started_at_s, now_s: Date.now() / 1000 });

const LOSSES_TOTAL = { count: 2, bytes: 181 };
const LOSSES = [
  {
    run: "lr=0.1",
    file: "lr=0.1/events.out.tfevents.1700000000.gpu1",
    offset_bytes: 48213,
    length_bytes: 58,
    kind: "payload_checksum",
    message: "record skipped: the payload does not match its checksum",
  },
  {
    run: "lr=0.3",
    file: "lr=0.3/events.out.tfevents.1700000911.gpu1",
    offset_bytes: 1048576,
    length_bytes: 123,
    kind: "length_checksum",
    message: "bytes passed over until the next valid header",
  },
];

/** A small generator with a seed: the same board every time. */
function random(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeWorld({ scene, runs, points, sources, live }, now_s) {
  const names = NAMES.slice(0, sources);
  const world = {
    scene,
    sources: names.map((source, i) => ({
      source,
      kind: source.includes(":") ? "ssh" : "local",
      state: "live",
      since_s: now_s,
      heard_s: now_s,
      received_bytes: 1834512,
      ...(scene === "states" ? STATES[i] : {}),
    })),
    runs: [],
    tags: scene === "many" ? Array.from({ length: 300 }, (_, i) => `group${i % 12}/metric_${i}`) : TAGS,
  };
  if (scene === "empty" || scene === "missing") return world;
  for (let i = 0; i < runs; i++) {
    const count = Math.round(points * (i % 3 === 2 ? 0.62 : 1));
    const run = {
      name: runName(scene, i),
      source: names[i % names.length],
      live: i < live,
      seed: 7919 * (i + 1),
      series: new Map(),
    };
    run.began_s = now_s - (i < live ? 2 * count : 86400 * (1 + i) + 2 * count);
    run.rate_s = 2;
    for (const [t, tag] of world.tags.entries()) {
      if (tag.startsWith("system/") && i % 4 === 1) continue;
      run.series.set(
        tag,
        makeSeries(run, tag, t, scene === "few" ? 9 + i : tag.startsWith("val/") ? Math.ceil(count / 50) : count),
      );
    }
    world.runs.push(run);
  }
  return world;
}

function runName(scene, i) {
  if (scene === "long")
    return `experiments/2024-11-${10 + i}/resnet50-imagenet-lr0.${i}-wd1e-4-batch4096-amp-cosine-seed${i}`;
  const rates = ["0.01", "0.03", "0.1", "0.3"];
  if (i < 4) return `lr=${rates[i]}`;
  return i < 10 ? `ablation/no-warmup-${i}` : `sweep/trial-${i}`;
}

function makeSeries(run, tag, t, count) {
  const every = tag.startsWith("val/") ? 50 : 1;
  const series = {
    run,
    tag,
    every,
    step: [],
    wall: [],
    value: [],
    superseded: [],
    next: random(run.seed + 31 * t),
    walk: 0,
  };
  for (let i = 0; i < count; i++) addPoint(series, i * every);
  if (tag === "train/loss" && run.seed === 7919 * 3) restart(series);
  return series;
}

/** Goes back to an earlier step, as a job restarted from a checkpoint does. */
function restart(series) {
  const from = Math.floor(series.step.length * 0.8);
  const count = series.step.length;
  for (let i = from; i < count; i++) series.superseded[i] = 1;
  for (let i = from; i < count * 1.1; i++) addPoint(series, i);
}

function addPoint(series, step) {
  const { run, tag, next } = series;
  const speed = 0.6 + ((run.seed * 13) % 7) / 7;
  const progress = step / 900;
  const noise = next() + next() + next() - 1.5;
  series.walk = 0.995 * series.walk + 0.02 * noise;
  const falling = 2.3 * Math.exp(-progress * speed) + 0.25 + 0.12 / (1 + speed) + series.walk * 0.4;
  const shapes = [
    [/lr$/, () => 0.1 * speed * Math.min(1, step / 200) * (0.5 + 0.5 * Math.cos(Math.min(Math.PI, step / 1300)))],
    [/grad_norm/, () => 10 ** (0.4 * noise - 0.5 * progress) * (next() > 0.998 ? 40 : 1)],
    [
      /accuracy/,
      () => Math.min(0.995, Math.max(0, 1 - 0.85 * Math.exp(-progress * speed * 0.8) - 0.05 + 0.03 * noise)),
    ],
    [/perplexity/, () => Math.exp(falling + 0.02 * noise)],
    [/throughput/, () => 12400 * speed + 600 * noise - (next() > 0.99 ? 6000 : 0)],
    [/memory/, () => 31.2 + (run.seed % 5) + (step > 100 ? 4 : 0)],
    [/utilisation/, () => Math.min(100, Math.max(0, 93 + 8 * noise))],
  ];
  const shape = shapes.find(([pattern]) => pattern.test(tag));
  let value = shape
    ? shape[1]()
    : falling + 0.12 * noise * Math.exp(-progress * 0.4) + (tag.startsWith("val") ? 0.08 : 0);
  if (tag === "loss" && run.seed === 7919 * 2 && step > 1500 && step % 97 < 3)
    value = step % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
  series.step.push(step);
  series.wall.push(run.began_s + step * run.rate_s);
  series.value.push(value);
  series.superseded.push(0);
}

function grow(world, { rate }) {
  const grown = new Map();
  for (const run of world.runs) {
    const source = world.sources.find((s) => s.source === run.source);
    if (!run.live || source.state !== "live" || rate === 0) continue;
    const list = grown.get(run.source) ?? [];
    for (const series of run.series.values()) {
      const last = series.step.at(-1);
      for (let i = 0; i < Math.max(1, rate / 2); i++) {
        addPoint(series, last + (i + 1) * series.every);
        series.wall[series.wall.length - 1] = Date.now() / 1000 - 0.2;
      }
      list.push({
        run: run.name,
        tag: series.tag,
        kind: "scalar",
        points: series.step.length,
        superseded: total(series.superseded),
        last_step: series.step.at(-1),
        last_wall_time_s: series.wall.at(-1),
        last_value: word(series.value.at(-1)),
        ...nonFinite(series),
      });
    }
    source.heard_s = Date.now() / 1000;
    grown.set(run.source, list);
  }
  return grown;
}

/** As of a sweep: most are alike in most, one has a broken file. */
function hparamEntries(world) {
  const rates = [0.01, 0.03, 0.1, 0.3];
  return world.runs.map((run, i) => ({
    run: run.name,
    source: run.source,
    session: {
      run: run.name,
      hparams: { lr: rates[i % 4], optimizer: i % 3 ? "adam" : "sgd", warmup: i % 2 === 0 },
      group: "",
      status: run.live ? "running" : "success",
      started_at_s: run.began_s,
      ended_at_s: null,
      error: "",
    },
    files: [
      {
        file: `${run.name}/config.yaml`,
        bytes: 812,
        modified_at_s: run.began_s,
        values: i === 5 ? {} : { "model/depth": 18 + 16 * (i % 3), "data/name": "imagenet", seed: i },
        error: i === 5 ? "it is no YAML: line 3 is indented by a tab" : "",
      },
    ],
  }));
}

/** What the page reads of them, from every point that is not superseded. */
function statistics(world, { series, range, mean_of_last }) {
  return series.flatMap(({ id, source, run: name, tag }, i) => {
    const found = world.runs.find((run) => run.source === source && run.name === name)?.series.get(tag);
    if (!found) return [];
    const end = range?.[1] ?? Number.POSITIVE_INFINITY;
    const points = found.step.flatMap((step, at) =>
      found.superseded[at] || step > end ? [] : [{ step, wall_time: found.wall[at], x: step, value: found.value[at] }],
    );
    const finite = points.filter((point) => Number.isFinite(point.value));
    const mean = (list) => (list.length ? list.reduce((sum, point) => sum + point.value, 0) / list.length : null);
    const best = (sign) => finite.reduce((a, b) => (a && sign * a.value <= sign * b.value ? a : b), null);
    const said = (point) => point && { ...point, value: word(point.value) };
    return {
      id: id ?? i,
      points: points.length,
      first: said(points[0] ?? null),
      last: said(points.at(-1) ?? null),
      min: best(1),
      max: best(-1),
      mean: mean(finite),
      std: null,
      mean_of_last: mean_of_last ? mean(finite.slice(-mean_of_last)) : null,
    };
  });
}

const total = (flags) => flags.reduce((sum, flag) => sum + flag, 0);
const word = (value) => (Number.isFinite(value) ? value : String(value));

function load(world, source) {
  const mine = world.runs.filter((run) => run.source === source);
  const loading = world.scene === "loading";
  return {
    state: loading ? "loading" : "live",
    files: 400,
    files_read: loading ? 172 : 400,
    bytes: 231e6,
    bytes_read: loading ? 99.4e6 : 231e6,
    runs: mine.length,
    series: 400,
    points: mine.reduce((sum, run) => sum + [...run.series.values()].reduce((n, s) => n + s.step.length, 0), 0),
  };
}

function sourceStatus(world, known) {
  const { source, kind, state, since_s, heard_s, message = "", hint = "", same_as = null, received_bytes } = known;
  const host = source.split(":")[0].split("@").at(-1).split(".")[0];
  const missing = world.scene === "missing";
  const damaged = world.scene === "plain" && source === "gpu1:runs";
  return {
    source,
    short: kind === "ssh" ? host : source.replace("./", ""),
    same_as,
    kind,
    state,
    since_s,
    message,
    hint,
    attempt: 0,
    next_try_at_s: state === "retrying" || state === "lost" ? Date.now() / 1000 + 4 : null,
    rtt_ms: kind === "ssh" ? 12.4 : null,
    clock_skew_s: known.clock_skew_s ?? 0.02,
    clock_uncertainty_s: 0.006,
    clock_correction_s: known.clock_correction_s ?? 0,
    received_bytes,
    last_heard_at_s: heard_s,
    epoch: null,
    version: null,
    engine: {
      version: "0.1.0",
      epoch: "6f1d2c3b4a596877",
      pid: 4242,
      host,
      platform: "linux x86_64",
      user: "you",
      home: "/home/you",
      threads: 2,
      memory_bytes: 21e6,
      started_at_s: since_s,
      now_s: Date.now() / 1000,
    },
    logdir: {
      asked: "/data/runs",
      path: "/data/runs",
      state: missing ? "missing" : "ok",
      message: "",
      closest: missing ? ["/data/run", "/data/runs2"] : [],
    },
    load: load(world, source),
    losses: damaged ? LOSSES : [],
    losses_total: damaged ? LOSSES_TOTAL : { count: 0, bytes: 0 },
    losses_by_file: damaged ? LOSSES.map(ofItsFile) : [],
  };
}

function ofItsFile({ run, file, offset_bytes, length_bytes, kind }) {
  const first = [{ offset_bytes, length_bytes, kind }];
  return { run, file, count: 1, bytes: length_bytes, kinds: { [kind]: 1 }, first };
}

function runEntries({ runs }) {
  return runs.map((run) => {
    const all = [...run.series.values()];
    return {
      source: run.source,
      run: run.name,
      files: 1,
      bytes: 580000,
      tags: all.length,
      points: all.reduce((n, s) => n + s.step.length, 0),
      superseded: all.reduce((n, s) => n + total(s.superseded), 0),
      first_step: 0,
      last_step: Math.max(...all.map((s) => s.step.at(-1))),
      first_wall_time_s: Math.min(...all.map((s) => s.wall[0])),
      last_wall_time_s: Math.max(...all.map((s) => s.wall.at(-1))),
      modified_at_s: run.live ? Date.now() / 1000 : Math.max(...all.map((s) => s.wall.at(-1))),
    };
  });
}

function nonFinite({ step, value }) {
  const last = value.findLastIndex((v) => !Number.isFinite(v));
  return {
    nan: value.filter(Number.isNaN).length,
    inf: value.filter((v) => Math.abs(v) === Number.POSITIVE_INFINITY).length,
    last_non_finite_step: step[last] ?? null,
  };
}

function tagEntries({ runs, tags }) {
  const columns = [
    "points",
    "superseded",
    "first_step",
    "last_step",
    "min_step",
    "max_step",
    "first_wall_time_s",
    "last_wall_time_s",
    "last_value",
    "nan",
    "inf",
    "last_non_finite_step",
  ];
  const entries = tags.map((tag) => {
    const entry = { tag, kind: "scalar", plugin: "scalars", display_name: "", description: "", run: [] };
    for (const column of columns) entry[column] = [];
    for (const [i, run] of runs.entries()) {
      const s = run.series.get(tag);
      if (!s) continue;
      entry.run.push(i);
      const row = [
        s.step.length,
        total(s.superseded),
        s.step[0],
        s.step.at(-1),
        Math.min(...s.step.slice(0, 1)),
        s.step.reduce((a, b) => Math.max(a, b)),
        s.wall[0],
        s.wall.at(-1),
        word(s.value.at(-1)),
        ...Object.values(nonFinite(s)),
      ];
      for (const [c, column] of columns.entries()) entry[column].push(row[c]);
    }
    return entry;
  });
  if (runs.length > 0) {
    const none = Object.fromEntries(
      columns.map((column) => [column, [column === "last_value" || column === "last_non_finite_step" ? null : 1]]),
    );
    for (const [tag, kind] of [
      ["weights", "histogram"],
      ["biases", "histogram"],
      ["samples", "image"],
    ]) {
      entries.push({ tag, kind, plugin: kind, display_name: "", description: "", run: [0], ...none });
    }
  }
  return { runs: runs.map((run) => run.name), run_source: runs.map((run) => run.source), tags: entries };
}

function scalars(world, ask) {
  const rows = [];
  for (const [place, { id = place, source, run, tag }] of ask.series.entries()) {
    const series = world.runs.find((r) => r.name === run && r.source === source)?.series.get(tag);
    if (series) rows.push({ id, ...curve(series, ask) });
  }
  const column = (name) => rows.map((row) => row[name]);
  const table = tableFromArrays(
    Object.fromEntries(
      [
        "id",
        "points",
        "superseded_points",
        "exact",
        "first_wall_time_s",
        "step",
        "wall_time",
        "value",
        "smoothed",
        "superseded",
        "x",
        "resume_step",
        "resume_wall_time",
        "resume_x",
        "resume_superseded",
      ].map((name) => [name, column(name)]),
    ),
    {
      types: {
        id: uint32(),
        points: uint64(),
        superseded_points: uint64(),
        exact: bool(),
        first_wall_time_s: float64(),
        step: list(int64()),
        wall_time: list(float64()),
        value: list(float64()),
        smoothed: list(float64()),
        superseded: list(uint8()),
        x: list(float64()),
        resume_step: list(int64()),
        resume_wall_time: list(float64()),
        resume_x: list(float64()),
        resume_superseded: list(uint64()),
      },
    },
  );
  return tableToIPC(table, { format: "stream" });
}

/** One row of the answer: M4 on the pixel grid, of the values and of the smoothed values alike. */
function curve(series, { x: axis, range: asked, width_px, smoothing, restarts }) {
  const keep = [...series.step.keys()].filter((i) => restarts === "all" || !series.superseded[i]);
  const first_wall_time_s = series.wall[0];
  const at = (i) =>
    axis === "step" ? series.step[i] : axis === "wall_time" ? series.wall[i] : series.wall[i] - first_wall_time_s;
  const smoothed = smooth(
    keep.map((i) => series.value[i]),
    smoothing,
  );
  const range = asked ?? [at(0), at(series.step.length - 1)];
  const inside = [...keep.keys()].filter((k) => at(keep[k]) >= range[0] && at(keep[k]) <= range[1]);
  const chosen = new Set(inside);
  if (inside.length > 4 * width_px) {
    chosen.clear();
    const columns = new Map();
    for (const k of inside) {
      const column = Math.floor(((at(keep[k]) - range[0]) / (range[1] - range[0])) * width_px);
      const group = columns.get(column);
      if (group) group.push(k);
      else columns.set(column, [k]);
    }
    for (const group of columns.values()) {
      for (const values of [(k) => series.value[keep[k]], (k) => smoothed[k]]) {
        const finite = group.filter((k) => Number.isFinite(values(k)));
        if (finite.length === 0) continue;
        const order = [...finite].sort((a, b) => values(a) - values(b));
        for (const k of [finite[0], order[0], order.at(-1), finite.at(-1)]) chosen.add(k);
      }
      for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const first = group.find((k) => Object.is(series.value[keep[k]], strange));
        if (first !== undefined) chosen.add(first);
      }
    }
  }
  if (inside.length > 0) {
    if (inside[0] > 0) chosen.add(inside[0] - 1);
    if (inside.at(-1) < keep.length - 1) chosen.add(inside.at(-1) + 1);
  }
  const picked = [...chosen].sort((a, b) => a - b);
  return {
    points: BigInt(inside.length),
    superseded_points: BigInt(total(series.superseded)),
    exact: picked.length >= inside.length,
    first_wall_time_s,
    step: picked.map((k) => BigInt(series.step[keep[k]])),
    wall_time: picked.map((k) => series.wall[keep[k]]),
    value: picked.map((k) => series.value[keep[k]]),
    smoothed: smoothing > 0 ? picked.map((k) => smoothed[k]) : [],
    superseded: restarts === "all" ? picked.map((k) => series.superseded[keep[k]]) : [],
    x: [],
    resume_step: [],
    resume_wall_time: [],
    resume_x: [],
    resume_superseded: [],
  };
}

function smooth(values, weight) {
  let average = 0;
  let count = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    count++;
    return average / (1 - weight ** count);
  });
}

function exported(world, { series }) {
  const lines = ["run,tag,step,wall_time,value,superseded"];
  for (const { run, tag } of series ?? []) {
    const s = world.runs.find((r) => r.name === run)?.series.get(tag);
    for (const i of s?.step.keys() ?? [])
      lines.push([run, tag, s.step[i], s.wall[i], s.value[i], s.superseded[i]].join());
  }
  return `${lines.join("\n")}\n`;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function serveFile(root, path, response) {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^[/\\]+/, "");
  try {
    const bytes = readFileSync(join(root, name));
    response.writeHead(200, {
      "content-type": TYPES[name.split(".").at(-1)] ?? "application/octet-stream",
      "content-security-policy": CSP,
    });
    response.end(bytes);
  } catch {
    response.writeHead(404);
    response.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const overrides = {};
  for (let i = 2; i < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, "");
    const value = process.argv[i + 1];
    overrides[name] = typeof OPTIONS[name] === "number" ? Number(value) : value;
  }
  startMock(overrides);
  const port = overrides.port ?? OPTIONS.port;
  console.log(`http://127.0.0.1:${port}/#code=${overrides.code ?? OPTIONS.code}`);
}
