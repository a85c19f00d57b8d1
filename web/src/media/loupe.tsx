/** The pixels around a place, enlarged, and the values of the one in the middle. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Original, pixelsOf } from "./originals";

const REACH = 5;
const SIDE = 2 * REACH + 1;
const PIXEL_PX = 7;

interface Props {
  name: string;
  colour: string;
  original: Original;
  x: number;
  y: number;
}

export function Loupe({ name, colour, original, x, y }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = pixelsOf(original, x - REACH, y - REACH, SIDE, SIDE);
  const middle = 4 * (REACH * SIDE + REACH);
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixels.data.slice(middle, middle + 4);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) drawPixels(context, pixels);
  });
  return (
    <div class="loupe" data-testid="loupe" data-pixel={[x, y, red, green, blue, alpha].join(",")}>
      <canvas
        ref={canvas}
        width={SIDE * PIXEL_PX}
        height={SIDE * PIXEL_PX}
        role="img"
        aria-label="the pixels around it"
      />
      <dl>
        <div>
          <dt class="unseen">run</dt>
          <dd class="loupe-name">
            <span class="run-dot" style={{ "--run": colour }} />
            {name}
          </dd>
        </div>
        <div>
          <dt>x y</dt>
          <dd>{`${x} ${y}`}</dd>
        </div>
        <div>
          <dt>RGBA</dt>
          <dd>{`${red} ${green} ${blue} ${alpha}`}</dd>
        </div>
      </dl>
    </div>
  );
}

function drawPixels(context: CanvasRenderingContext2D, { data }: ImageData): void {
  context.clearRect(0, 0, SIDE * PIXEL_PX, SIDE * PIXEL_PX);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [red, green, blue, alpha = 0] = data.slice(4 * i, 4 * i + 4);
    context.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
    context.fillRect((i % SIDE) * PIXEL_PX, Math.floor(i / SIDE) * PIXEL_PX, PIXEL_PX, PIXEL_PX);
  }
  const at = REACH * PIXEL_PX;
  context.lineWidth = 1;
  context.strokeStyle = "#ffffff";
  context.strokeRect(at - 0.5, at - 0.5, PIXEL_PX + 1, PIXEL_PX + 1);
  context.strokeStyle = "#000000";
  context.strokeRect(at - 1.5, at - 1.5, PIXEL_PX + 3, PIXEL_PX + 3);
}
