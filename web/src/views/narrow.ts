/** Whether the window is so narrow that the pane becomes a sheet and the tooltip docks. */
import { signal } from "@preact/signals";

const query = matchMedia("(max-width: 719px)");

export const is_narrow = signal(query.matches);
query.addEventListener("change", () => {
  is_narrow.value = query.matches;
});
