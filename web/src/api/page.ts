/** What the page begins with (docs/http-api.md, GET /api/page). */
import { askJson } from "./request";
import { object, oneOf, optional, type Read, type Reader, string } from "./validate";

const asItIs: Reader<unknown> = (value) => value ?? null;

const page = object({
  /** Settings as in the address behind the `#`. */
  defaults: optional(string, ""),
  theme: optional(oneOf("system", "light", "dark"), "system"),
  /** A view that was opened from a file, as it stands there. */
  view: asItIs,
  /** Of this opening of it. */
  view_id: optional(string, ""),
});

export type Page = Read<typeof page>;

export const NO_PAGE: Page = { defaults: "", theme: "system", view: null, view_id: "" };

export function getPage(): Promise<Page> {
  return askJson("/api/page", page);
}
