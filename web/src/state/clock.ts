/** What time it is, here and on the hub: ticks once a second while somebody looks. */
import { computed, signal } from "@preact/signals";

const here_s = signal(Date.now() / 1000);

/** The hub's clock minus ours; not 0 when the page comes through a tunnel from another machine. */
export const hub_offset_s = signal(0);

export const now_s = computed(() => here_s.value + hub_offset_s.value);

/** Sets the hub's clock by what it just said. */
export function setHubClock(hub_now_s: number): void {
  const offset_s = hub_now_s - Date.now() / 1000;
  // Closer than this is the time the message took.
  if (Math.abs(offset_s - hub_offset_s.peek()) > 0.5) hub_offset_s.value = offset_s;
}

export function tick(): void {
  here_s.value = Date.now() / 1000;
}

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1000);
  document.addEventListener("visibilitychange", tick);
}
