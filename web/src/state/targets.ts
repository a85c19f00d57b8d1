/** Targets that are added and removed in the page, those of late, and the one that may come back. */
import { signal } from "@preact/signals";
import { HubError } from "../api/request";
import { addSource, removeFromBoard } from "../api/source";
import { readStored, writeStored } from "./stored";

const RECENT = "recent_targets";
const RECENT_MOST = 8;
const UNDO_MS = 12_000;

/** What was added of late, the newest first. */
export const recent_targets = signal<readonly string[]>(readRecent());

export interface Removed {
  source: string;
  /** Why it could not be, or could not be brought back; "" when all is well. */
  trouble: string;
}

/** The target that was removed last, as long as that can be undone. */
export const removed = signal<Removed | null>(null);
let undo_timer = 0;

function readRecent(): string[] {
  const stored = readStored(RECENT);
  return Array.isArray(stored) ? stored.filter((t) => typeof t === "string").slice(0, RECENT_MOST) : [];
}

function remember(target: string): void {
  recent_targets.value = [target, ...recent_targets.value.filter((t) => t !== target)].slice(0, RECENT_MOST);
  writeStored(RECENT, recent_targets.value);
}

/** Adds a target as it was typed; gives why that cannot be, or "". */
export async function addTarget(typed: string): Promise<string> {
  const target = typed.trim();
  try {
    await addSource(target);
  } catch (problem) {
    return wordsOf(problem);
  }
  remember(target);
  return "";
}

/** Removes a target at once; for a while that can be undone. */
export async function removeTarget(source: string): Promise<void> {
  remember(source);
  offerUndo({ source, trouble: "" });
  try {
    await removeFromBoard(source);
  } catch (problem) {
    offerUndo({ source, trouble: wordsOf(problem) });
  }
}

export async function undoRemove(): Promise<void> {
  const { source } = removed.peek() ?? {};
  if (source === undefined) return;
  const trouble = await addTarget(source);
  if (trouble === "") forgetRemoved();
  else offerUndo({ source, trouble });
}

export function forgetRemoved(): void {
  clearTimeout(undo_timer);
  removed.value = null;
}

function offerUndo(now: Removed): void {
  clearTimeout(undo_timer);
  removed.value = now;
  undo_timer = window.setTimeout(forgetRemoved, UNDO_MS);
}

function wordsOf(problem: unknown): string {
  if (problem instanceof HubError) return [problem.message, problem.hint].filter(Boolean).join("; ");
  return problem instanceof Error ? problem.message : String(problem);
}
