/** The colours and the font that a canvas needs, read from the style sheet once per theme. */
import { computed } from "@preact/signals";
import { dark } from "../state/theme";

export const look = computed(() => {
  dark.value;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: read("--ink-3"),
    strong: read("--ink"),
    grid: read("--grid"),
    accent: read("--accent"),
    paper: read("--card"),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
});
