/** The tools of the viewer: how pictures are compared, how large they are, and what is done to their pixels. */
import { Button } from "../parts/button";
import { Segmented } from "../parts/segmented";
import { type Adjustment, AS_IT_IS, CHANNELS, type Channel, isAsItIs } from "./adjust";

export type ViewMode = "side" | "swipe" | "flicker" | "difference";

const MODES = [
  ["side", "side by side"],
  ["swipe", "swipe"],
  ["flicker", "flicker"],
  ["difference", "difference"],
] as const;
const BUTTON_FACTOR = 1.5;

interface Props {
  mode: ViewMode;
  onMode: (mode: ViewMode) => void;
  may_compare: boolean;
  /** Null: it fits. */
  zoom: number | null;
  onZoom: (zoom: number | "fit") => void;
  onZoomBy: (factor: number) => void;
  adjustment: Adjustment;
  onAdjust: (adjustment: Adjustment) => void;
  onHold: () => void;
  onSave: () => void;
  onSaveAll: (() => void) | null;
}

export function ViewerTools(props: Props) {
  const { mode, onMode, may_compare, zoom, onZoom, onZoomBy, onHold, onSave, onSaveAll } = props;
  return (
    <div class="viewer-tools" role="toolbar" aria-label="how the pictures are seen">
      {may_compare && <Segmented label="compare" value={mode} choices={MODES} onChange={onMode} testid="viewer-mode" />}
      <div class="tool">
        <Button
          label="fit (0)"
          class="button-toggle"
          pressed={zoom === null}
          onClick={() => onZoom("fit")}
          testid="viewer-fit"
        >
          fit
        </Button>
        <Button
          label="1:1, actual size (1): one pixel of the screen for each of the picture"
          class="button-toggle"
          pressed={zoom === 1}
          onClick={() => onZoom(1)}
          testid="viewer-actual"
        >
          1:1
        </Button>
        <Button label="smaller (-)" icon="smaller" onClick={() => onZoomBy(1 / BUTTON_FACTOR)} />
        <output class="viewer-zoom" data-testid="viewer-zoom">
          {zoom === null ? "fits" : `${zoom >= 0.1 ? Math.round(100 * zoom) : (100 * zoom).toFixed(1)} %`}
        </output>
        <Button label="larger (+)" icon="larger" onClick={() => onZoomBy(BUTTON_FACTOR)} testid="viewer-larger" />
      </div>
      <AdjustTools {...props} />
      <div class="tool">
        <Button
          label="hold what is shown, to compare it with another step"
          class="button-toggle"
          onClick={onHold}
          testid="viewer-hold"
        >
          hold
        </Button>
        <Button label="save what is shown" icon="save" onClick={onSave} testid="viewer-save" />
        {onSaveAll && (
          <Button label="save all of this step" class="button-toggle" onClick={onSaveAll} testid="viewer-save-all">
            save all
          </Button>
        )}
      </div>
    </div>
  );
}

function AdjustTools({ adjustment, onAdjust }: Props) {
  const { brightness, contrast, channel } = adjustment;
  return (
    <div class="tool">
      <select
        class="choice"
        aria-label="channel"
        value={channel}
        onChange={(event) => onAdjust({ ...adjustment, channel: event.currentTarget.value as Channel })}
        data-testid="viewer-channel"
      >
        {CHANNELS.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      <label class="tool">
        <span class="tool-name">brightness</span>
        <input
          type="range"
          class="slider"
          min={-1}
          max={1}
          step={0.01}
          value={brightness}
          style={{ "--share": (brightness + 1) / 2 }}
          onInput={(event) => onAdjust({ ...adjustment, brightness: event.currentTarget.valueAsNumber })}
          data-testid="viewer-brightness"
        />
      </label>
      <label class="tool">
        <span class="tool-name">contrast</span>
        <input
          type="range"
          class="slider"
          min={-3}
          max={3}
          step={0.05}
          value={Math.log2(contrast)}
          style={{ "--share": (Math.log2(contrast) + 3) / 6 }}
          onInput={(event) => onAdjust({ ...adjustment, contrast: 2 ** event.currentTarget.valueAsNumber })}
          data-testid="viewer-contrast"
        />
      </label>
      {!isAsItIs(adjustment) && (
        <Button label="as it was written" icon="reset" onClick={() => onAdjust(AS_IT_IS)} testid="viewer-reset" />
      )}
    </div>
  );
}
