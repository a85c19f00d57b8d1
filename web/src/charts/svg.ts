/** Paper that writes down as SVG what is drawn on it: a picture of lines, not of pixels. */
import type { PicturePaper } from "./picture";

const DECIMALS = 100;

export class SvgPaper implements PicturePaper {
  globalAlpha = 1;
  strokeStyle = "black";
  fillStyle = "black";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  lineCap: CanvasLineCap = "butt";
  font = "";
  textAlign: CanvasTextAlign = "start";
  private readonly parts: string[] = [];
  private path = "";
  private dash: readonly number[] = [];
  private clips = 0;

  setLineDash(dash: number[]): void {
    this.dash = dash;
  }

  beginPath(): void {
    this.path = "";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path === "" ? "M" : "L"}${short(x)} ${short(y)}`;
  }

  /** Whole circles only: nothing else is drawn. */
  arc(x: number, y: number, radius: number): void {
    const [r, d] = [short(radius), short(2 * radius)];
    this.path += `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 -${d} 0`;
  }

  stroke(): void {
    if (!this.path.includes("L")) return;
    const { lineWidth, lineJoin, lineCap, dash } = this;
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.map(short).join(" ")}"` : "";
    this.add(
      `<path d="${this.path}" fill="none" stroke="${escaped(this.strokeStyle)}" stroke-width="${short(lineWidth)}" ` +
        `stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"${dashes}${this.opacity}/>`,
    );
  }

  fill(): void {
    if (this.path !== "") this.add(`<path d="${this.path}Z" fill="${escaped(this.fillStyle)}"${this.opacity}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.add(`<rect ${place} fill="${escaped(this.fillStyle)}"${this.opacity}/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const anchor = this.textAlign === "right" ? "end" : this.textAlign === "center" ? "middle" : "start";
    const style = `style="font:${escaped(this.font)}"`;
    const place = `x="${short(x)}" y="${short(y)}" text-anchor="${anchor}"`;
    this.add(`<text ${place} ${style} fill="${escaped(this.fillStyle)}"${this.opacity}>${escaped(text)}</text>`);
  }

  /** What follows shows only in this box. */
  clipTo(x: number, y: number, width: number, height: number): void {
    const id = `clip${++this.clips}`;
    const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.add(`<clipPath id="${id}"><rect ${place}/></clipPath><g clip-path="url(#${id})">`);
  }

  unclip(): void {
    this.add("</g>");
  }

  /** The document. */
  write(width: number, height: number, title: string): string {
    const size = `width="${short(width)}" height="${short(height)}" viewBox="0 0 ${short(width)} ${short(height)}"`;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`;
    return `${head}\n<title>${escaped(title)}</title>\n${this.parts.join("\n")}\n</svg>\n`;
  }

  private get opacity(): string {
    return this.globalAlpha === 1 ? "" : ` opacity="${short(this.globalAlpha)}"`;
  }

  private add(part: string): void {
    this.parts.push(part);
  }
}

function short(value: number): string {
  return String(Math.round(value * DECIMALS) / DECIMALS);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Names come from log files: also what XML does not allow at all is replaced. */
export function escaped(text: string): string {
  return Array.from(text, (sign) => ENTITIES[sign] ?? (isAllowed(sign) ? sign : "\ufffd")).join("");
}

function isAllowed(sign: string): boolean {
  return sign >= " " ? sign !== "\ufffe" && sign !== "\uffff" : sign === "\t" || sign === "\n" || sign === "\r";
}
