import type { Triple } from '../../core/geometry.ts';
import { isCircle, regionRectangle } from './region_drag.ts';
import { drawScaleBar } from './scale_bar.ts';
import { pixelsAVoxel, pointOf, type SlicePlace } from './slice_frame.ts';
import type { RegionBox } from './view.ts';

/** The colours around and over a slice. */
const GROUND = { dark: '#0d0e0f', light: '#e9eaeb' } as const;
const CROSS = { dark: 'rgba(111,168,255,.9)', light: 'rgba(31,99,214,.9)' } as const;

/** The painted slice, one pixel a voxel of its level. */
export interface SlicePicture {
  image: HTMLCanvasElement;
  level: number;
}

export interface SliceOverlays {
  crosshair: Triple | null;
  regions: readonly RegionBox[];
  /** Index of the slice along the axis across it. */
  index: number;
  theme: 'dark' | 'light';
}

/** Draws a slice and what lies over it into a canvas of `ratio` device pixels a CSS pixel. */
export function drawSlice(
  context: CanvasRenderingContext2D,
  place: SlicePlace,
  picture: SlicePicture | null,
  overlays: SliceOverlays,
  ratio: number,
): void {
  const { width, height, frame } = place;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = GROUND[overlays.theme];
  context.fillRect(0, 0, width, height);
  if (picture) drawPicture(context, place, picture, ratio);
  drawRegions(context, place, overlays);
  drawCrosshair(context, place, overlays);
  drawScaleBar(context, 1 / frame.pixelsPerUm, width, height, overlays.theme);
}

function drawPicture(
  context: CanvasRenderingContext2D,
  place: SlicePlace,
  { image, level }: SlicePicture,
  ratio: number,
) {
  const [high, wide] = pixelsAVoxel(place);
  const size = 2 ** level;
  const [left, top] = pointOf(place, -0.5, -0.5);
  // A magnified voxel is a square of its own value, with no smoothing.
  context.imageSmoothingEnabled = Math.min(high, wide) * size * ratio < 1;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, left, top, image.width * wide * size, image.height * high * size);
}

function drawRegions(context: CanvasRenderingContext2D, place: SlicePlace, { regions, index }: SliceOverlays): void {
  for (const region of regions) {
    const [left, top, right, bottom] = regionRectangle(place, region);
    const { min, max } = region.box;
    const cut = index >= min[place.across]! && index < max[place.across]!;
    context.save();
    context.strokeStyle = region.colour;
    context.fillStyle = region.colour;
    context.lineWidth = region.selected ? 2 : 1.25;
    if (!cut) context.setLineDash([4, 4]);
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const circle = isCircle(place, region);
    context.beginPath();
    if (circle) context.ellipse(x, y, (right - left) / 2, (bottom - top) / 2, 0, 0, 2 * Math.PI);
    else context.rect(left, top, right - left, bottom - top);
    context.stroke();
    if (region.selected && cut)
      for (const [hx, hy] of handles(left, x, right, top, y, bottom, circle)) context.fillRect(hx - 3, hy - 3, 6, 6);
    context.restore();
  }
}

/** Where a region is taken: at its corners and sides, a circle at its four ends. */
function handles(
  left: number,
  x: number,
  right: number,
  top: number,
  y: number,
  bottom: number,
  circle: boolean,
): [number, number][] {
  const sides: [number, number][] = [
    [left, y],
    [right, y],
    [x, top],
    [x, bottom],
  ];
  const corners: [number, number][] = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ];
  return circle ? sides : [...sides, ...corners];
}

function drawCrosshair(
  context: CanvasRenderingContext2D,
  place: SlicePlace,
  { crosshair, theme }: SliceOverlays,
): void {
  if (!crosshair) return;
  const [x, y] = pointOf(place, crosshair[place.down]!, crosshair[place.along]!);
  const gap = 10;
  context.save();
  context.strokeStyle = CROSS[theme];
  context.lineWidth = 1;
  context.beginPath();
  for (const [x0, y0, x1, y1] of [
    [0, y, x - gap, y],
    [x + gap, y, place.width, y],
    [x, 0, x, y - gap],
    [x, y + gap, x, place.height],
  ] as const) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
  context.restore();
}
