/** Where a picture lies in a pane: the part of it that is in the middle, and how large its pixels are. Panes share this, whatever the sizes of their pictures. */

export interface Size {
  width: number;
  height: number;
}

export interface PanZoom {
  /** Pixels of the pane for one of the leading picture; null: as large as there is room for. */
  zoom: number | null;
  /** What is in the middle of the pane, as shares of the picture. */
  x: number;
  y: number;
}

export interface Placed {
  left: number;
  top: number;
  /** Pixels of the pane for one of the picture. */
  scale: number;
}

export const FIT: PanZoom = { zoom: null, x: 0.5, y: 0.5 };
const LEAST_ZOOM = 1 / 64;
const MOST_ZOOM = 128;

export function fitScale(picture: Size, pane: Size): number {
  return Math.min(pane.width / picture.width, pane.height / picture.height);
}

/** `leader`: the picture that the zoom is told of; another is drawn so that the same share of it is seen. */
export function placeIn(view: PanZoom, picture: Size, pane: Size, leader: Size): Placed {
  const scale = view.zoom === null ? fitScale(picture, pane) : (view.zoom * leader.width) / picture.width;
  return {
    left: pane.width / 2 - view.x * picture.width * scale,
    top: pane.height / 2 - view.y * picture.height * scale,
    scale,
  };
}

/** `factor` times as large, while what is at a place of the pane stays there. */
export function zoomedAbout(
  view: PanZoom,
  factor: number,
  at: { x: number; y: number },
  leader: Size,
  pane: Size,
): PanZoom {
  const before = placeIn(view, leader, pane, leader);
  const zoom = clamp(before.scale * factor, LEAST_ZOOM, MOST_ZOOM);
  const held_x = (at.x - before.left) / before.scale;
  const held_y = (at.y - before.top) / before.scale;
  return {
    zoom,
    x: clamp((held_x - (at.x - pane.width / 2) / zoom) / leader.width, 0, 1),
    y: clamp((held_y - (at.y - pane.height / 2) / zoom) / leader.height, 0, 1),
  };
}

/** Moved by pixels of the pane. */
export function panned(view: PanZoom, dx: number, dy: number, leader: Size, pane: Size): PanZoom {
  const { scale } = placeIn(view, leader, pane, leader);
  return {
    zoom: view.zoom ?? scale,
    x: clamp(view.x - dx / (leader.width * scale), 0, 1),
    y: clamp(view.y - dy / (leader.height * scale), 0, 1),
  };
}

/** The pixel of a picture under a place of the pane; null beside it. */
export function pixelUnder(
  placed: Placed,
  picture: Size,
  at: { x: number; y: number },
): { x: number; y: number } | null {
  const x = Math.floor((at.x - placed.left) / placed.scale);
  const y = Math.floor((at.y - placed.top) / placed.scale);
  return x >= 0 && y >= 0 && x < picture.width && y < picture.height ? { x, y } : null;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
