/** What the board begins with, as the hub was told: the user's own defaults, and a view from a file. */
import { signal } from "@preact/signals";
import { getPage, NO_PAGE, type Page } from "../api/page";
import { useDefaultTheme } from "./theme";

/** Null until the hub has said it. */
export const page = signal<Page | null>(null);

export async function loadPage(): Promise<void> {
  if (page.peek() !== null) return;
  const told = await getPage().catch(() => NO_PAGE);
  useDefaultTheme(told.theme === "system" ? "auto" : told.theme);
  page.value = told;
}
