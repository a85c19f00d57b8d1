/** A target in the bar: how it is, how fresh; more in its menu. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { retrySource, type Source } from "../api/source";
import { formatBytes, formatCount, formatPercent, plural } from "../lib/number";
import { formatAge, formatClock, formatMoment } from "../lib/time";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Menu } from "../parts/menu";
import { Middle } from "../parts/middle";
import { board, newestPoint_s, pulse } from "../state/board";
import { now_s } from "../state/clock";
import { hub_gone_since_s } from "../state/live";
import { Rates } from "../state/rates";
import { isLoading, shortName, sources, type Tone, toneOf } from "../state/sources";
import { forgetRemoved, removed, removeTarget, undoRemove } from "../state/targets";
import { troubleOf } from "../state/trouble";
import { Losses } from "./losses";

const CLOCK_WORTH_S = 5;
/** More chips than this are called by their short names. */
const FULL_NAMES = 3;

const rates = new Rates();

/** What the chip says after the name. Freshness is the age of the newest point, not of the last answer. */
export function freshness(source: Source, newest_s: number | null, now: number): string {
  switch (source.state) {
    case "connecting":
      return waitsLong(source, now) ? "connecting · see the terminal if it asks" : "connecting";
    case "needs_you":
      return source.cause === "identity" ? "identity changed" : "login needed";
    case "failed":
      return "not reached";
    case "quiet":
      return withClock("no answer", source.last_heard_at_s);
    case "lost":
    case "retrying":
      return withClock("reconnecting", source.last_heard_at_s);
  }
  if (source.logdir && source.logdir.state !== "ok")
    return source.logdir.state === "missing" ? "no such path" : "unreadable";
  if (source.logdir && source.logdir.silent_s !== null) return "files not responding";
  if (source.same_as !== null) return `the same directory as ${source.same_as}, shown once`;
  if (isLoading(source) && source.load) return `reading ${formatPercent(source.load.bytes_read, source.load.bytes)}`;
  if (newest_s === null) return "live · no points yet";
  return `live · ${formatAge(now - (newest_s - source.clock_correction_s))} ago`;
}

/** Longer than a quick login takes: ssh may be asking for something. */
function waitsLong(source: Source, now: number): boolean {
  return source.kind !== "local" && source.since_s !== null && now - source.since_s > 4;
}

/** `120 ms · 1.8 MB/s`: the round trip, and what came over the link in the last seconds. */
export function linkNumbers(source: Source, bytes_per_s: number): string {
  const { rtt_ms } = source;
  if (source.kind === "local" || rtt_ms === null) return "";
  return `${rtt_ms < 10 ? rtt_ms.toFixed(1) : Math.round(rtt_ms)} ms · ${formatBytes(bytes_per_s)}/s`;
}

/** `gpu1's clock is 41 s ahead (corrected)`; "" where it is not worth a word. */
export function clockWords(source: Source): string {
  const ahead_s = source.clock_correction_s;
  if (Math.abs(ahead_s) <= CLOCK_WORTH_S) return "";
  const machine = source.engine?.host || source.source;
  return `${machine}'s clock is ${formatAge(Math.abs(ahead_s))} ${ahead_s > 0 ? "ahead" : "behind"} (corrected)`;
}

function withClock(what: string, heard_s: number | null): string {
  return heard_s === null ? what : `${what} · last data ${formatClock(heard_s)}`;
}

function useFreshness(source: Source): { tone: Tone; text: string } {
  pulse.value;
  if (hub_gone_since_s.value !== null) {
    return { tone: "warn", text: withClock("stopped", source.last_heard_at_s ?? hub_gone_since_s.value) };
  }
  return { tone: toneOf(source), text: freshness(source, newestPoint_s(board.value, source.source), now_s.value) };
}

export function Chip({ source }: { source: Source }) {
  const { tone, text } = useFreshness(source);
  const lost = source.losses_total?.count ?? 0;
  const many = sources.value.length > FULL_NAMES;
  const numbers = linkNumbers(source, rates.note(source.source, source.received_bytes, now_s.value));
  const about = [source.source, text, source.engine?.host, numbers, clockWords(source)];
  return (
    <Menu
      label={`${source.source}: details`}
      class="chip-menu"
      button={(is_open, toggle) => (
        <button
          type="button"
          class={`chip chip-${tone} ${many ? "chip-short" : ""}`}
          title={is_open ? undefined : about.filter(Boolean).join("\n")}
          aria-expanded={is_open}
          onClick={toggle}
          data-testid="bar-chip"
          data-source={source.source}
          data-state={source.state}
        >
          <span class={`state-dot state-${tone}`} />
          <span class="chip-name">
            <Middle name={many ? shortName(source.source) : source.source} title="" />
          </span>
          <span class="chip-age">{text}</span>
          {lost > 0 && (
            <span class="chip-losses" title={plural(lost, "loss", "losses")}>{`▲ ${formatCount(lost)}`}</span>
          )}
        </button>
      )}
    >
      {(close) => <SourceDetails source={source} close={close} />}
    </Menu>
  );
}

/** All targets behind one chip, for narrow windows. */
export function ManyChip() {
  const tones = sources.value.map(toneOf);
  const worst = (["bad", "warn", "busy", "ok", "idle"] as const).find((tone) => tones.includes(tone)) ?? "ok";
  const tone = hub_gone_since_s.value === null ? worst : "warn";
  return (
    <Menu
      label="targets"
      class="chip-menu"
      button={(is_open, toggle) => (
        <button
          type="button"
          class={`chip chip-${tone}`}
          aria-expanded={is_open}
          onClick={toggle}
          data-testid="bar-chip"
        >
          <span class={`state-dot state-${tone}`} />
          <span class="chip-name">{plural(sources.value.length, "target")}</span>
          <Icon name="down" />
        </button>
      )}
    >
      {(close) => sources.value.map((source) => <SourceDetails key={source.source} source={source} close={close} />)}
    </Menu>
  );
}

function SourceDetails({ source, close }: { source: Source; close: () => void }) {
  const { tone, text } = useFreshness(source);
  const { load, engine, logdir, index, losses_total } = source;
  const newest_s = newestPoint_s(board.value, source.source);
  const trouble = troubleOf(source, now_s.value);
  const numbers = linkNumbers(source, rates.note(source.source, source.received_bytes, now_s.value));
  const clock = clockWords(source);
  return (
    <section class="details" data-testid="source-details">
      <header>
        <span class={`state-dot state-${tone}`} />
        <h2>{source.source}</h2>
        <span class="quiet">{text}</span>
      </header>
      {trouble && <p class={`details-${trouble.tone}`}>{trouble.message}</p>}
      <dl>
        <Fact name="machine">
          {engine
            ? [engine.host, engine.platform].filter(Boolean).join(" · ")
            : source.kind === "local"
              ? "this one"
              : "–"}
        </Fact>
        <Fact name="path">{logdir?.path ?? "–"}</Fact>
        {numbers && <Fact name="link">{numbers}</Fact>}
        {source.kind !== "local" && <Fact name="received">{formatBytes(source.received_bytes)}</Fact>}
        {load && (
          <>
            <Fact name="files">{`${formatCount(load.files)} · ${formatBytes(load.bytes)}`}</Fact>
            <Fact name="runs">{formatCount(load.runs)}</Fact>
            <Fact name="points">{formatCount(load.points)}</Fact>
          </>
        )}
        {newest_s !== null && <Fact name="newest point">{formatMoment(newest_s - source.clock_correction_s)}</Fact>}
        {clock && <Fact name="clock">{clock}</Fact>}
        {index && (
          <Fact name="index">{index.state === "on" ? "kept for the next start" : index.message || index.state}</Fact>
        )}
        <Fact name="losses">
          {losses_total && losses_total.count > 0
            ? `${formatCount(losses_total.count)} · ${formatBytes(losses_total.bytes)}`
            : "none"}
        </Fact>
      </dl>
      {source.losses_by_file.length > 0 && <Losses source={source} />}
      <footer class="details-actions">
        {trouble?.can_retry && (
          <Button
            label="try now"
            class="button-plain"
            onClick={() => {
              retry(source.source);
              close();
            }}
          >
            Try now
          </Button>
        )}
        <Button
          label={`remove ${source.source}`}
          class="button-plain"
          onClick={() => {
            void removeTarget(source.source);
            close();
          }}
          testid="remove-target"
        >
          Remove
        </Button>
      </footer>
    </section>
  );
}

/** In place of the chip that was removed last, for a while: the way back. */
export function RemovedChip() {
  const undo = useRef<HTMLSpanElement>(null);
  const gone = removed.value;
  useEffect(() => undo.current?.querySelector("button")?.focus(), [gone?.source]);
  if (!gone) return null;
  return (
    <span class="chip chip-removed" role="status" ref={undo} data-testid="removed-chip">
      <span class="chip-name">
        <Middle name={gone.source} />
      </span>
      <span class={gone.trouble ? "chip-trouble" : "chip-age"}>{gone.trouble || "removed"}</span>
      <Button label={`undo: show ${gone.source} again`} class="button-link" onClick={undoRemove} testid="undo-remove">
        Undo
      </Button>
      <Button label="dismiss" icon="close" onClick={forgetRemoved} />
    </span>
  );
}

export function retry(name: string): void {
  // What comes of it is told by the source's state.
  retrySource(name).catch(() => {});
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
