/** The tooltip of cards that are no charts of scalars: what is under the cursor, in words and numbers. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Middle } from "../parts/middle";
import { media_tip } from "../state/media_tip";
import { is_narrow } from "./narrow";
import { place } from "./tooltip";

export function MediaTooltip() {
  const element = useRef<HTMLDivElement>(null);
  const now = media_tip.value;
  const docked = is_narrow.value;
  useLayoutEffect(() => {
    if (element.current && now) place(element.current, now, docked);
  });
  if (!now) return null;
  const { title, colour, columns, rows, more } = now;
  return (
    <div class={`tip tip-media ${docked ? "tip-docked" : ""}`} ref={element} role="tooltip" data-testid="media-tooltip">
      {title !== "" && (
        <p class="tip-title">
          {colour !== null && <span class="swatch" style={{ "--run": colour }} />}
          <Middle name={title} />
        </p>
      )}
      <table>
        {columns.length > 0 && (
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column}>{column}</th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(({ colour: of_run, cells: [first = "", ...rest], near }) => (
            <tr key={first} class={near ? "tip-near" : ""} data-testid="media-tooltip-row">
              <td class="tip-run">
                {of_run !== null && <span class="swatch" style={{ "--run": of_run }} />}
                <Middle name={first} />
              </td>
              {rest.map((cell, i) => (
                <td key={i} class={i === 0 ? "tip-main" : ""}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="quiet">{`and ${more} more`}</p>}
    </div>
  );
}
