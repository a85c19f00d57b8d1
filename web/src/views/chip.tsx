/** A target in the bar: how it is, how fresh; more in its menu. */
import type { ComponentChildren } from "preact";
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
import { isLoading, sources, type Tone, toneOf } from "../state/sources";
import { troubleOf } from "../state/trouble";
import { Losses } from "./losses";

/** What the chip says after the name. Freshness is the age of the newest point, not of the last answer. */
export function freshness(source: Source, newest_s: number | null, now: number): string {
  switch (source.state) {
    case "connecting":
      return "connecting";
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
  if (isLoading(source) && source.load) return `reading ${formatPercent(source.load.bytes_read, source.load.bytes)}`;
  if (newest_s === null) return "live · no points yet";
  return `live · ${formatAge(now - (newest_s - (source.clock_skew_s ?? 0)))} ago`;
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
  return (
    <Menu
      label={`${source.source}: details`}
      class="chip-menu"
      button={(is_open, toggle) => (
        <button
          type="button"
          class={`chip chip-${tone}`}
          aria-expanded={is_open}
          aria-label={`${source.source}: ${text}`}
          onClick={toggle}
          data-testid="bar-chip"
          data-source={source.source}
          data-state={source.state}
        >
          <span class={`state-dot state-${tone}`} />
          <span class="chip-name">
            <Middle name={source.source} />
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
  const worst = (["bad", "warn", "busy", "ok"] as const).find((tone) => tones.includes(tone)) ?? "ok";
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
        {source.rtt_ms !== null && source.kind !== "local" && (
          <Fact name="round trip">{`${source.rtt_ms < 10 ? source.rtt_ms.toFixed(1) : Math.round(source.rtt_ms)} ms`}</Fact>
        )}
        {source.kind !== "local" && <Fact name="received">{formatBytes(source.received_bytes)}</Fact>}
        {load && (
          <>
            <Fact name="files">{`${formatCount(load.files)} · ${formatBytes(load.bytes)}`}</Fact>
            <Fact name="runs">{formatCount(load.runs)}</Fact>
            <Fact name="points">{formatCount(load.points)}</Fact>
          </>
        )}
        {newest_s !== null && <Fact name="newest point">{formatMoment(newest_s - (source.clock_skew_s ?? 0))}</Fact>}
        {Math.abs(source.clock_skew_s ?? 0) > 5 && <Fact name="its clock">{skew(source.clock_skew_s ?? 0)}</Fact>}
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
    </section>
  );
}

export function retry(name: string): void {
  // What comes of it is told by the source's state.
  retrySource(name).catch(() => {});
}

function skew(ahead_s: number): string {
  return `${formatAge(Math.abs(ahead_s))} ${ahead_s > 0 ? "ahead" : "behind"}, corrected`;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
