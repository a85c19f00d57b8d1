/** What the pointer is at: one run may be lifted everywhere, and one place on the x axis marked. */
import { signal } from "@preact/signals";

export interface Hover {
  run_key: string | null;
  /** The card under the pointer; null when it is the runs pane. */
  card: string | null;
  x: number | null;
}

export const NO_HOVER: Hover = { run_key: null, card: null, x: null };

export const hover = signal<Hover>(NO_HOVER);

export interface TipRow {
  run_key: string;
  tag: string;
  step: number;
  wall_time_s: number;
  relative_s: number;
  /** What the x axis has for it. */
  x: number;
  value: number;
  smoothed: number | null;
  superseded: boolean;
  /** Of the mean of a group: how many runs it is of. */
  group_size: number | null;
  /** The edges of what is drawn around the line. */
  band: { low: number; high: number } | null;
}

/** A place where a run goes on after a restart. */
export interface TipResume {
  run_key: string;
  tag: string;
  step: number;
  superseded: number;
}

export interface Tip {
  card: string;
  rows: TipRow[];
  more: number;
  resumes: TipResume[];
  more_resumes: number;
  /** The cursor, in CSS pixels of the window. */
  left: number;
  top: number;
}

export const tip = signal<Tip | null>(null);
