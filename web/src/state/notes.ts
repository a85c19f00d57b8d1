/** What people noted about runs: another name, a remark, a colour, pinned, hidden. Kept per target, alike in all tabs. */
import { signal } from "@preact/signals";
import { boolean, nullable, number, object, optional, record, string } from "../api/validate";
import { runKey } from "./board";
import { readStored, storedName, writeStored } from "./stored";

export interface Note {
  /** What it is called on the page; "" for its own name. */
  name: string;
  remark: string;
  /** Its place in the palette; null for the automatic one. */
  colour: number | null;
  pinned: boolean;
  hidden: boolean;
}

export const NO_NOTE: Note = { name: "", remark: "", colour: null, pinned: false, hidden: false };

const savedNotes = record(
  object({
    name: optional(string, ""),
    remark: optional(string, ""),
    colour: nullable(number),
    pinned: optional(boolean, false),
    hidden: optional(boolean, false),
  }),
);

/** By the run's key; only of runs about which something was noted. */
export const notes = signal<ReadonlyMap<string, Note>>(new Map());

export function noteOf(key: string): Note {
  return notes.value.get(key) ?? NO_NOTE;
}

/** Changes some of what is noted, here and where it is kept. */
export function setNote(key: string, change: Partial<Note>): void {
  const source = key.slice(0, key.indexOf("\n"));
  const run = key.slice(source.length + 1);
  // What another tab has just noted about other runs stays.
  const kept = readNotes(source);
  const note = { ...(kept.get(run) ?? NO_NOTE), ...change };
  if (isEmpty(note)) kept.delete(run);
  else kept.set(run, note);
  writeStored(nameOf(source), kept.size === 0 ? null : Object.fromEntries(kept));
  take(source, kept);
}

function isEmpty(note: Note): boolean {
  return note.name === "" && note.remark === "" && note.colour === null && !note.pinned && !note.hidden;
}

const nameOf = (source: string): string => `notes.${source}`;

function readNotes(source: string): Map<string, Note> {
  try {
    return savedNotes(readStored(nameOf(source)), "notes");
  } catch {
    return ownNotes(source); // nothing remembered, or nothing sensible
  }
}

function ownNotes(source: string): Map<string, Note> {
  const own = new Map<string, Note>();
  for (const [key, note] of notes.peek()) {
    if (key.startsWith(`${source}\n`)) own.set(key.slice(source.length + 1), note);
  }
  return own;
}

function take(source: string, of_source: ReadonlyMap<string, Note>): void {
  const next = new Map([...notes.peek()].filter(([key]) => !key.startsWith(`${source}\n`)));
  for (const [run, note] of of_source) next.set(runKey(source, run), note);
  notes.value = next;
}

const followed = new Set<string>();

/** Reads what was noted about a target's runs, once, and takes over what other tabs note. */
export function followNotes(source: string): void {
  if (followed.has(source)) return;
  followed.add(source);
  take(source, readNotes(source));
}

export function watchOtherTabs(): void {
  window.addEventListener("storage", (event) => {
    for (const source of followed) {
      if (event.key !== storedName(nameOf(source))) continue;
      take(source, event.newValue === null ? new Map() : readNotes(source));
    }
  });
}
