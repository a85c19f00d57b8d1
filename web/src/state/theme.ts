/** Light or dark: as the system says, or as chosen. */
import { computed, signal } from "@preact/signals";
import { readStored, writeStored } from "./stored";

export type Theme = "auto" | "light" | "dark";

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const system_is_dark = signal(systemDark.matches);
systemDark.addEventListener("change", () => {
  system_is_dark.value = systemDark.matches;
});

const stored = readStored("theme");
let chosen = stored !== null;
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "auto");

export const dark = computed(() => (theme.value === "auto" ? system_is_dark.value : theme.value === "dark"));

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

export function cycleTheme(): void {
  const next = NEXT[theme.value];
  chosen = true;
  show(next);
  writeStored("theme", next);
}

/** What the user's own configuration says, unless a theme was chosen in this browser. */
export function useDefaultTheme(next: Theme): void {
  if (!chosen && next !== theme.peek()) show(next);
}

function show(next: Theme): void {
  const root = document.documentElement;
  // First the style sheet, then those who read their colours from it.
  if (next === "auto") delete root.dataset.theme;
  else root.dataset.theme = next;
  theme.value = next;
}
