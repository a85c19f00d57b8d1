/**
 * The hyperparameters of every run: asked for when somebody first looks at some, and from then on whenever runs come, go,
 * or change what they say about themselves.
 */
import { computed, effect, signal } from "@preact/signals";
import { getHparams, type HparamValue, joinHparams } from "../api/hparams";
import { naturalCompare } from "../lib/text";
import { board, runKey } from "./board";

const PAUSE_MS = 3000;

export type Hparams = ReadonlyMap<string, HparamValue>;
const NONE: Hparams = new Map();

/** By the run's key. */
export const hparams = signal<ReadonlyMap<string, Hparams>>(new Map());
/** What is wrong with a run's files, by its key. */
export const hparam_errors = signal<ReadonlyMap<string, string>>(new Map());

export function hparamsOf(key: string): Hparams {
  startOnce();
  return hparams.value.get(key) ?? NONE;
}

export const hparam_names = computed(() => {
  startOnce();
  const names = new Set<string>();
  for (const of_run of hparams.value.values()) for (const name of of_run.keys()) names.add(name);
  return [...names].sort(naturalCompare);
});

let running = false;
let wanted = false;
let last_ms = Number.NEGATIVE_INFINITY;
let timer = 0;

let started = false;

/** Not at once: this is called while something is being computed. */
function startOnce(): void {
  if (started) return;
  started = true;
  setTimeout(() => {
    effect(() => {
      if (board.value.known && board.value.runs.length > 0) want();
    });
  });
}

function want(): void {
  wanted = true;
  if (running || timer !== 0) return;
  timer = window.setTimeout(
    () => {
      timer = 0;
      void read();
    },
    Math.max(0, last_ms + PAUSE_MS - performance.now()),
  );
}

async function read(): Promise<void> {
  running = true;
  wanted = false;
  last_ms = performance.now();
  try {
    const runs = await getHparams();
    // Of targets that are out of reach what was known stays.
    const joined = runs.map((run) => [runKey(run.source, run.run), joinHparams(run)] as const);
    hparams.value = new Map([...hparams.peek(), ...joined]);
    hparam_errors.value = new Map(
      runs.flatMap((run) => {
        const said = [run.session?.error ?? "", ...run.files.map(({ file, error }) => error && `${file}: ${error}`)];
        const errors = said.filter(Boolean).join("; ");
        return errors === "" ? [] : [[runKey(run.source, run.run), errors] as const];
      }),
    );
  } catch {
    // A link that is down is told where the targets are; the next index asks again.
  } finally {
    running = false;
    if (wanted) want();
  }
}
