/**
 * Which colour a run has: the same name gives the same colour on every machine and in every session.
 *
 * The palette is ordered: its first eight are the easiest to tell apart, so a name chooses among those first, and moves
 * to the next free one when an older run has it; when all eight are taken the next eight come, and so on. Runs are asked
 * oldest first, so a new run never changes the colour of an old one.
 */
import { PALETTE } from "./palette";

const TIER = 8;
const TIERS = PALETTE.length / TIER;

/** FNV-1a, 32 bit, of the UTF-8 bytes of a name. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The palette places a name would like, best first; every place occurs once. */
export function preferredPlaces(name: string): number[] {
  const hash = hashName(name);
  const places: number[] = [];
  for (let tier = 0; tier < TIERS; tier++) {
    const home = (hash >>> (3 * tier)) % TIER;
    for (let i = 0; i < TIER; i++) places.push(tier * TIER + ((home + i) % TIER));
  }
  return places;
}

export interface Named {
  key: string;
  name: string;
}

/**
 * Gives every run a place in the palette, oldest first. `remembered` holds the choices made so far and takes up the new
 * ones. A run keeps its place until two visible runs share it: then the later one moves to the next free place.
 * More runs than places share them evenly.
 */
export function placeRuns(all: readonly Named[], visible: readonly Named[], remembered: Map<string, number>): void {
  const uses = new Array<number>(PALETTE.length).fill(0);
  for (const run of all) {
    const place = remembered.get(run.key);
    if (place !== undefined) uses[place] = (uses[place] ?? 0) + 1;
  }
  for (const run of all) {
    if (!remembered.has(run.key)) settle(run, uses, remembered);
  }
  separate(visible, remembered);
}

function separate(visible: readonly Named[], remembered: Map<string, number>): void {
  const uses = new Array<number>(PALETTE.length).fill(0);
  const homeless: Named[] = [];
  for (const run of visible) {
    const place = remembered.get(run.key) ?? 0;
    if (uses[place] === 0) uses[place] = 1;
    else homeless.push(run);
  }
  for (const run of homeless) settle(run, uses, remembered);
}

function settle(run: Named, uses: number[], remembered: Map<string, number>): void {
  const fewest = Math.min(...uses);
  const place = preferredPlaces(run.name).find((p) => uses[p] === fewest) ?? 0;
  uses[place] = fewest + 1;
  remembered.set(run.key, place);
}
