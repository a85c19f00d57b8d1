/** Layouts of custom scalars that have no charts of their own: still on their way, empty, or damaged. */
import { custom_charts, layout_troubles, layouts_waiting } from "../state/custom_scalars";
import type { MediaView } from "../views/media_card";

function Body() {
  const troubles = layout_troubles.value;
  if (troubles.length > 0) {
    return (
      <ul class="media-empty media-trouble" data-testid="layout-troubles">
        {troubles.map((trouble) => (
          <li key={trouble}>{trouble}</li>
        ))}
      </ul>
    );
  }
  if (layouts_waiting.value) return <p class="card-message card-waiting">reading …</p>;
  if (custom_charts.value.length === 0) return <p class="media-empty">These layouts have no charts.</p>;
  return <p class="media-empty">The charts of these layouts have sections of their own.</p>;
}

export const custom_scalars: MediaView = { Body };
