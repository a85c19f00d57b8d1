/** The few icons of the page: 16 px, one stroke, the colour of the text. */

const PATHS = {
  pane: "M2.5 3.5h11v9h-11zM6 3.5v9",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4.5 6.5 8 10l3.5-3.5",
  up: "M4.5 9.5 8 6l3.5 3.5",
  bookmark: "M4.5 2.5h7v11L8 10.8l-3.5 2.7z",
  group: "M2.5 3.5h3v3h-3zM2.5 9.5h3v3h-3zM8 4h5.5M8 6h3.5M8 10h5.5M8 12h3.5",
  compare: "M2.5 3.5h4.5v9H2.5zM9 3.5h4.5v9H9zM4 6h1.5M10.5 6H12M4 9h1.5M10.5 9H12",
  relate: "M3 2.5v11M8 2.5v11M13 2.5v11M3 5l5 5.5 5-6M3 11l5-5 5 5.5",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6 6.5v6M9.7 6.5v6",
  tree: "M3 3v8.5h3.5M3 6.5h3.5M9 6.5h4.5M9 11.5h4.5M5.5 3h8",
  columns: "M2.5 3.5h11v9h-11zM6.2 3.5v9M9.8 3.5v9",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  wide: "M5.5 5 2.5 8l3 3M10.5 5l3 3-3 3M2.5 8h11",
  narrow: "M2.5 5l3 3-3 3M13.5 5l-3 3 3 3",
  reset: "M3 7.5A5 5 0 1 1 4.2 11.5M3 3.5v4h4",
  back: "M9.5 4 5.5 8l4 4",
  forward: "M6.5 4l4 4-4 4",
  measure: "M3 3v10M13 3v10M5 8h6M6.5 6.5 5 8l1.5 1.5M9.5 6.5 11 8l-1.5 1.5",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  light:
    "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  dark: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z",
  help: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.8h.01",
  sort: "M5 3v10M2.8 10.8 5 13l2.2-2.2M11 13V3M8.8 5.2 11 3l2.2 2.2",
  check: "M3.5 8.5 6.5 11.5 12.5 4.5",
  bell: "M4 11.5h8c-1-1-1.2-2-1.2-4.2a2.8 2.8 0 0 0-5.6 0c0 2.2-.2 3.2-1.2 4.2zM6.8 13.4h2.4",
  save: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13h10",
  plus: "M8 3.5v9M3.5 8h9",
  play: "M5 3.5v9l7-4.5z",
  stop: "M4.5 4.5h7v7h-7z",
  link: "M6.8 9.2a2.4 2.4 0 0 0 3.4 0l2.1-2.1a2.4 2.4 0 0 0-3.4-3.4l-.7.7M9.2 6.8a2.4 2.4 0 0 0-3.4 0L3.7 8.9a2.4 2.4 0 0 0 3.4 3.4l.7-.7",
  unlink:
    "M9.6 9.6l2.7-2.5a2.4 2.4 0 0 0-3.4-3.4l-.7.7M6.4 6.4 3.7 8.9a2.4 2.4 0 0 0 3.4 3.4l.7-.7M4 2.5l.8 2M2.5 4l2 .8M12 13.5l-.8-2M13.5 12l-2-.8",
  larger: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5M5 7h4M7 5v4",
  smaller: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5M5 7h4",
  runs: "M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {name === "auto" && <path class="icon-fill" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />}
      <path d={PATHS[name]} />
    </svg>
  );
}
