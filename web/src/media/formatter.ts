/** The formatter of Markdown: a part of the page of its own, so that who looks at images never loads it. */
import { signal } from "@preact/signals";

/** Null: not here yet. */
export const formatter = signal<typeof import("./markdown") | null>(null);
/** Until there is a way, texts are shown as they were written. */
export const formatter_failed = signal(false);

let is_loading = false;

export async function loadFormatter(): Promise<void> {
  if (is_loading || formatter.peek()) return;
  is_loading = true;
  try {
    formatter.value = await import("./markdown");
    formatter_failed.value = false;
  } catch {
    formatter_failed.value = true;
  } finally {
    is_loading = false;
  }
}
