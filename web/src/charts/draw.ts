/**
 * Draws curves on a canvas, as few vertices as show.
 *
 * Where many points fall into one pixel column only the first, the lowest, the highest and the last of them are given
 * to the canvas: the line covers the same pixels.
 */
import type { Curve } from "./curve";
import type { Mapping } from "./scale";

/** What lines need of a canvas. */
export type Paper = Pick<
  CanvasRenderingContext2D,
  "beginPath" | "moveTo" | "lineTo" | "arc" | "fill" | "stroke" | "fillRect" | "setLineDash"
> & {
  globalAlpha: number;
  strokeStyle: CanvasRenderingContext2D["strokeStyle"];
  fillStyle: CanvasRenderingContext2D["fillStyle"];
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  lineCap: CanvasLineCap;
};

export interface Style {
  colour: string;
  width_px: number;
  alpha: number;
  /** In pixels. */
  dash?: readonly number[];
}

const DOT_RADIUS = 2.25;
const MARK_SIZE = 4;
const MARK_GAP = 9;
const SUPERSEDED_ALPHA = 0.4;
/** A column is drawn as a bar when the line covers this many of its own widths in it. */
const BAR_FROM_WIDTHS = 2;
/**
 * A line is stroked in pieces of about so many corners: without a graphics card the cost of one path grows with the
 * square of its length. Of a noisy line 680 px long and 2 px wide short pieces take 20 ms, the whole takes 130 ms.
 */
const CORNERS_PER_STROKE = 200;
/** Points further apart than this, in CSS pixels, get a dot each. */
const DOT_SPACING = 12;

/** Draws `values` of a curve as a line; a single point between gaps as a dot. */
export function strokeCurve(context: Paper, curve: Curve, values: Float64Array, map: Mapping, style: Style): void {
  const { superseded } = curve;
  context.strokeStyle = style.colour;
  context.fillStyle = style.colour;
  context.lineWidth = style.width_px;
  context.lineJoin = "bevel";
  context.setLineDash([...(style.dash ?? [])]);
  if (!superseded) {
    strokePart(context, curve, values, map, null, style);
    return;
  }
  strokePart(context, curve, values, map, 1, { ...style, alpha: style.alpha * SUPERSEDED_ALPHA });
  strokePart(context, curve, values, map, 0, style);
}

/** Draws the points whose `superseded` is `only` (null: all); the line breaks where points are missing between. */
function strokePart(
  context: Paper,
  { x, step, superseded }: Curve,
  values: Float64Array,
  map: Mapping,
  only: 0 | 1 | null,
  style: Style,
): void {
  const pen = new Pen(context, style);
  context.globalAlpha = style.alpha;
  // Round ends hide the joints of the pieces; on a faint line they would be spots.
  context.lineCap = style.alpha < 1 || style.dash?.length ? "butt" : "round";
  context.beginPath();
  for (let i = 0; i < values.length; i++) {
    if (only !== null && superseded?.[i] !== only) {
      // What continues after superseded points joins on; a superseded stretch ends where it ends.
      if (only === 1) pen.lift();
      continue;
    }
    const px = map.px(x[i] as number);
    const py = map.py(values[i] as number);
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen.lift();
      continue;
    }
    if (only === 1 && i > 0 && (step[i] as number) < (step[i - 1] as number)) pen.lift();
    pen.to(px, py);
  }
  pen.finish();
}

/**
 * Gathers the points of one pixel column and draws what shows of them: as a bar where the line goes up and down within
 * the column, else as a stroke through the first, the lowest, the highest and the last.
 */
class Pen {
  private readonly context: Paper;
  private readonly style: Style;
  /** Bars of a faint line must not lie on one another: its columns are as wide as the line. */
  private readonly column_px: number;
  private readonly lonely: number[] = [];
  private column = Number.NaN;
  private in_column = 0;
  private in_segment = 0;
  private corners = 0;
  private down = false;
  private firstX = 0;
  private firstY = 0;
  private lowX = 0;
  private lowY = 0;
  private highX = 0;
  private highY = 0;
  private lastX = 0;
  private lastY = 0;
  /** Where the column before ended. */
  private beforeY = 0;

  constructor(context: Paper, style: Style) {
    this.context = context;
    this.style = style;
    this.column_px = style.alpha < 1 ? Math.max(1, Math.round(style.width_px)) : 1;
  }

  to(px: number, py: number): void {
    const column = Math.floor(px / this.column_px);
    if (column !== this.column) {
      this.flush();
      this.column = column;
      this.in_column = 0;
      this.firstX = this.lowX = this.highX = px;
      this.firstY = this.lowY = this.highY = py;
    } else if (py < this.lowY) {
      this.lowX = px;
      this.lowY = py;
    } else if (py > this.highY) {
      this.highX = px;
      this.highY = py;
    }
    this.lastX = px;
    this.lastY = py;
    this.in_column++;
    this.in_segment++;
  }

  /** Ends the segment: the next point begins another. */
  lift(): void {
    if (this.in_segment === 1) this.lonely.push(this.lastX, this.lastY);
    this.flush();
    this.column = Number.NaN;
    this.down = false;
    this.in_segment = 0;
  }

  private flush(): void {
    if (Number.isNaN(this.column)) return;
    if (this.in_column >= 3 && this.highY - this.lowY > BAR_FROM_WIDTHS * this.style.width_px) this.bar();
    else this.stroke();
    this.beforeY = this.lastY;
    this.down = true;
  }

  /** One rectangle costs a tenth of the strokes it stands for. It reaches to where the column before ended. */
  private bar(): void {
    const { width_px, alpha } = this.style;
    const top = this.down ? Math.min(this.lowY, this.beforeY) : this.lowY;
    const bottom = this.down ? Math.max(this.highY, this.beforeY) : this.highY;
    if (alpha < 1) this.context.fillRect(this.column * this.column_px, top, this.column_px, bottom - top);
    else this.context.fillRect(this.column + 0.5 - width_px / 2, top, width_px, bottom - top);
    this.context.moveTo(this.lastX, this.lastY);
  }

  private stroke(): void {
    if (this.down) this.line(this.firstX, this.firstY);
    else this.context.moveTo(this.firstX, this.firstY);
    if (this.lowX <= this.highX) {
      this.corner(this.lowX, this.lowY);
      this.corner(this.highX, this.highY);
    } else {
      this.corner(this.highX, this.highY);
      this.corner(this.lowX, this.lowY);
    }
    if (this.lastX !== this.firstX || this.lastY !== this.firstY) this.line(this.lastX, this.lastY);
    if (this.corners < CORNERS_PER_STROKE) return;
    this.corners = 0;
    this.context.stroke();
    this.context.beginPath();
    this.context.moveTo(this.lastX, this.lastY);
  }

  private corner(px: number, py: number): void {
    if (py !== this.firstY && py !== this.lastY) this.line(px, py);
  }

  private line(px: number, py: number): void {
    this.context.lineTo(px, py);
    this.corners++;
  }

  /** Strokes what is left, and puts dots where points stand alone: a line of one point shows nothing. */
  finish(): void {
    this.lift();
    this.context.stroke();
    const radius = Math.max(2, this.style.width_px * 1.3);
    for (let i = 0; i < this.lonely.length; i += 2) {
      dot(this.context, this.lonely[i] as number, this.lonely[i + 1] as number, radius);
    }
  }
}

export function dot(context: Paper, px: number, py: number, radius: number): void {
  context.beginPath();
  context.arc(px, py, radius, 0, 2 * Math.PI);
  context.fill();
}

/** Dots on the points of a curve whose points stand far enough apart. `ratio`: device pixels per CSS pixel. */
export function dotPoints(
  context: Paper,
  curve: Curve,
  values: Float64Array,
  map: Mapping,
  style: Style,
  ratio: number,
): void {
  if (!isSparse(curve, map, DOT_SPACING * ratio)) return;
  context.fillStyle = style.colour;
  context.globalAlpha = style.alpha;
  for (let i = 0; i < values.length; i++) {
    const at = curve.x[i] as number;
    const py = map.py(values[i] as number);
    if (at < map.x[0] || at > map.x[1] || !Number.isFinite(py)) continue;
    dot(context, map.px(at), py, DOT_RADIUS * ratio);
  }
}

/** Whether the points in view stand `spacing` pixels apart on average, and are all there. */
function isSparse({ x, exact }: Curve, map: Mapping, spacing: number): boolean {
  let count = 0;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const at of x) {
    if (at < map.x[0] || at > map.x[1]) continue;
    count++;
    least = Math.min(least, at);
    greatest = Math.max(greatest, at);
  }
  if (count <= 1) return true;
  return exact && map.px(greatest) - map.px(least) >= (count - 1) * spacing;
}

/** NaN as ▲ on the bottom edge, +Inf as ◆ on the top edge, −Inf as ◆ on the bottom edge. */
export function markNonFinite(context: Paper, curve: Curve, map: Mapping, style: Style, ratio: number): void {
  const size = MARK_SIZE * ratio;
  const bottom = map.box.top + map.box.height - size - ratio;
  const top = map.box.top + size + ratio;
  const last_px = { nan: Number.NEGATIVE_INFINITY, above: Number.NEGATIVE_INFINITY, below: Number.NEGATIVE_INFINITY };
  context.fillStyle = style.colour;
  context.globalAlpha = style.alpha;
  for (let i = 0; i < curve.value.length; i++) {
    const value = curve.value[i] as number;
    if (Number.isFinite(value)) continue;
    const at = curve.x[i] as number;
    const px = map.px(at);
    const kind = Number.isNaN(value) ? "nan" : value > 0 ? "above" : "below";
    if (at < map.x[0] || at > map.x[1] || Math.abs(px - last_px[kind]) < MARK_GAP * ratio) continue;
    last_px[kind] = px;
    if (kind === "nan") polygon(context, px, bottom, [0, -size, size, size, -size, size]);
    else polygon(context, px, kind === "above" ? top : bottom, [0, -size, size, 0, 0, size, -size, 0]);
  }
}

function polygon(context: Paper, px: number, py: number, corners: number[]): void {
  context.beginPath();
  for (let i = 0; i < corners.length; i += 2) {
    context.lineTo(px + (corners[i] as number), py + (corners[i + 1] as number));
  }
  context.fill();
}
