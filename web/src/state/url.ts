/** What was set, as the fragment of the address: short, readable, and only what differs from the default. */
import type { Smoothing } from "../api/scalars";
import { readXAxis, type XAxis } from "../api/x_axis";
import type { Kind } from "../lib/kind";
import { decode, encode } from "./fragment";
import type { BandKind, GroupsAs } from "./groups";
import { DEFAULT_HISTOGRAM_LOOK, type HistogramLook, readHistogramLook, writeHistogramLook } from "./histogram";
import { readJoins, writeJoins } from "./join_text";
import type { Join } from "./joins";
import { readKinds, writeKinds } from "./kinds";
import { DEFAULT_SELECTION, type Selection } from "./selection";
import {
  type AxisScaleName,
  clampSmoothing,
  DEFAULT_SMOOTHING,
  gaussian,
  MAX_CLIP_PERCENT,
  readAxisScale,
  timeEma,
} from "./settings";
import { readOwnSteps, readStep, writeOwnSteps } from "./step_text";
import type { OwnX } from "./x_axis";
import { readOwnX, writeOwnX, writeXAxis } from "./x_text";
import type { Place, Zooms } from "./zoom";
import { NO_ZOOMS, readPlaces, readZooms, writePlaces, writeZooms } from "./zoom_text";

export interface Shared {
  smoothing: Smoothing;
  x: XAxis;
  x_scale: AxisScaleName;
  /** What single cards have instead, by their tag. */
  own_x: ReadonlyMap<string, OwnX>;
  y: AxisScaleName;
  clip_percent: number;
  run_filter: string;
  tag_filter: string;
  /** Empty: all. */
  kinds: ReadonlySet<Kind>;
  /** The step that images, texts and the like are shown at; null: the newest. */
  step: number | null;
  /** Cards that go their own way, and where they stand. */
  own_steps: ReadonlyMap<string, number | null>;
  histograms: HistogramLook;
  /** By what the runs are grouped (lib/group.ts); "" for no groups. */
  group_by: string;
  groups_as: GroupsAs;
  group_band: BandKind;
  selection: Selection;
  zooms: Zooms;
  /** Ranges whose statistics are shown. */
  measured: readonly Place[];
  joins: readonly Join[];
  join_pattern: string;
}

export const DEFAULTS: Shared = {
  smoothing: DEFAULT_SMOOTHING,
  x: "step",
  x_scale: "linear",
  own_x: new Map(),
  y: "linear",
  clip_percent: 0,
  run_filter: "",
  tag_filter: "",
  kinds: new Set(),
  step: null,
  own_steps: new Map(),
  histograms: DEFAULT_HISTOGRAM_LOOK,
  group_by: "",
  groups_as: "runs",
  group_band: "range",
  selection: DEFAULT_SELECTION,
  zooms: NO_ZOOMS,
  measured: [],
  joins: [],
  join_pattern: "",
};

const BANDS: readonly BandKind[] = ["range", "std", "error", "none"];
const SOURCE_END = "::";

/** `smoothing=0.9&x=wall_time&tags=loss&only=a,b`; "" when all is default. `one_source`: names need no source. */
export function writeFragment(shared: Shared, one_source: boolean): string {
  const parts: string[] = [];
  const add = (name: string, value: string) => parts.push(`${name}=${value}`);
  if (shared.smoothing !== DEFAULTS.smoothing) add("smoothing", writeSmoothing(shared.smoothing));
  if (shared.x !== DEFAULTS.x) add("x", writeXAxis(shared.x));
  if (shared.x_scale !== DEFAULTS.x_scale) add("xscale", shared.x_scale);
  if (shared.own_x.size > 0) add("xof", writeOwnX(shared.own_x));
  if (shared.y !== DEFAULTS.y) add("y", shared.y);
  if (shared.clip_percent > 0) add("clip", String(shared.clip_percent));
  if (shared.run_filter !== "") add("runs", encode(shared.run_filter));
  if (shared.tag_filter !== "") add("tags", encode(shared.tag_filter));
  if (shared.kinds.size > 0) add("kinds", writeKinds(shared.kinds));
  if (shared.step !== null) add("step", String(shared.step));
  if (shared.own_steps.size > 0) add("stepof", writeOwnSteps(shared.own_steps));
  const histograms = writeHistogramLook(shared.histograms);
  if (histograms !== "") add("hist", histograms);
  if (shared.group_by !== "") add("group", encode(shared.group_by));
  if (shared.groups_as !== DEFAULTS.groups_as) add("groups", shared.groups_as);
  if (shared.group_band !== DEFAULTS.group_band) add("band", shared.group_band);
  for (const [name, value] of writeZooms(shared.zooms)) add(name, value);
  if (shared.measured.length > 0) add("stats", writePlaces(shared.measured));
  if (shared.joins.length > 0) add("join", writeJoins(shared.joins));
  if (shared.join_pattern !== "") add("joinby", encode(shared.join_pattern));
  const { base, except } = shared.selection;
  if (base === "none") add("only", writeKeys(except, one_source));
  else if (base === "all") add("hide", writeKeys(except, one_source));
  return parts.join("&");
}

/** Reads a fragment (with or without `#`); what is missing or makes no sense is the default. */
export function readFragment(fragment: string): Shared {
  const values = new Map<string, string>();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const cut = part.indexOf("=");
    if (cut > 0) values.set(part.slice(0, cut), part.slice(cut + 1));
  }
  const smoothing = values.get("smoothing");
  return {
    smoothing: smoothing === undefined ? DEFAULTS.smoothing : readSmoothing(smoothing),
    x: readXAxis(decode(values.get("x") ?? "")) ?? "step",
    x_scale: readAxisScale(values.get("xscale")),
    own_x: readOwnX(values.get("xof") ?? ""),
    y: readAxisScale(values.get("y")),
    clip_percent: readClip(values.get("clip")),
    run_filter: decode(values.get("runs") ?? ""),
    tag_filter: decode(values.get("tags") ?? ""),
    kinds: readKinds(decode(values.get("kinds") ?? "")),
    step: readStep(values.get("step")),
    own_steps: readOwnSteps(values.get("stepof") ?? ""),
    histograms: readHistogramLook(decode(values.get("hist") ?? "")),
    group_by: decode(values.get("group") ?? ""),
    groups_as: values.get("groups") === "mean" ? "mean" : "runs",
    group_band: BANDS.find((band) => band === values.get("band")) ?? "range",
    selection: readSelection(values.get("only"), values.get("hide")),
    zooms: readZooms(values.get("zoom"), values.get("zoomall")),
    joins: readJoins(values.get("join") ?? ""),
    join_pattern: decode(values.get("joinby") ?? ""),
    measured: readPlaces(values.get("stats") ?? "").filter(({ x }) => x !== null),
  };
}

/** `0.9`; `time:30`, the half-life in seconds; `gauss:5`, sigma in points. */
function writeSmoothing(how: Smoothing): string {
  if (typeof how === "number") return String(Number(how.toFixed(4)));
  return how.kind === "time_ema" ? `time:${how.half_life}` : `gauss:${how.sigma}`;
}

function readSmoothing(text: string): Smoothing {
  const [kind = "", length = ""] = text.replace(/%3A/i, ":").split(":");
  const size = Number.parseFloat(length);
  if (kind === "time" && size > 0 && Number.isFinite(size)) return timeEma(size);
  if (kind === "gauss" && size > 0 && Number.isFinite(size)) return gaussian(size);
  return clampSmoothing(Number.parseFloat(kind));
}

function readClip(text: string | undefined): number {
  const percent = Number.parseFloat(text ?? "");
  return percent > 0 ? Math.min(MAX_CLIP_PERCENT, percent) : 0;
}

function readSelection(only: string | undefined, hide: string | undefined): Selection {
  if (only !== undefined) return { base: "none", except: readKeys(only) };
  if (hide !== undefined) return { base: "all", except: readKeys(hide) };
  return DEFAULT_SELECTION;
}

function writeKeys(keys: ReadonlySet<string>, one_source: boolean): string {
  const names = [...keys].map((key) => {
    const cut = key.indexOf("\n");
    if (cut < 0) return encode(key, true);
    const run = encode(key.slice(cut + 1), true);
    return one_source ? run : `${encode(key.slice(0, cut), true)}${SOURCE_END}${run}`;
  });
  return names.sort().join(",");
}

function readKeys(list: string): Set<string> {
  const keys = new Set<string>();
  for (const name of list.split(",")) {
    if (name === "") continue;
    const cut = name.indexOf(SOURCE_END);
    if (cut < 0) keys.add(decode(name));
    else keys.add(`${decode(name.slice(0, cut))}\n${decode(name.slice(cut + SOURCE_END.length))}`);
  }
  return keys;
}
