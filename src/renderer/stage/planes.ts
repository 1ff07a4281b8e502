import { colourTable, tableStep } from '../../core/colour_maps.ts';
import type { Seen } from '../../core/movie/clock.ts';
import type { MapPlan, PlanePlan, SlicePlan } from '../../core/movie/plan.ts';
import { colourOf } from '../viewer/march_uniforms.ts';
import { paintSlice, type ShownPlanes } from '../viewer/slice_paint.ts';
import { SliceReader } from '../viewer/slice_reader.ts';
import type { LayerName, VoxelSource } from '../viewer/source.ts';
import { sheet, THEMES, type Theme } from './look.ts';
import { displaysOf } from './volumes.ts';

/** Thickness over an electrode, rows and columns those of the plane; NaN outside. */
export interface ThicknessMap {
  rows: number;
  columns: number;
  um: Float32Array;
}
export type ReadMap = (scan: number, electrode: 'working' | 'counter', signal: AbortSignal) => Promise<ThicknessMap>;

/** Lithium in a slice over grey: as strong as in the app. */
const MAPS_KEPT = 64;

interface Picture {
  width: number;
  height: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Paints a project's slices and thickness maps. */
export class Planes {
  readonly #reader: SliceReader;
  readonly #readMap: ReadMap;
  readonly #maps = new Map<string, Promise<ThicknessMap>>();

  constructor(source: VoxelSource, readMap: ReadMap) {
    this.#reader = new SliceReader(source);
    this.#readMap = readMap;
  }

  async slice(
    plan: SlicePlan,
    has: (scan: number) => readonly LayerName[],
    greyWindow: [number, number],
    on: CanvasRenderingContext2D,
    signal: AbortSignal,
  ): Promise<void> {
    const { show } = plan.layers;
    const displays = displaysOf(plan.layers, greyWindow);
    // Grey below, as far as a scan has it, and over it what is asked for.
    displays.grey = { ...displays.grey, visible: plan.layers.opacity.grey > 0 };
    const wanted: LayerName[] = show === 'grey' ? ['grey'] : ['grey', show];
    const read = async (scan: number): Promise<Picture | null> => {
      const planes: ShownPlanes = {};
      for (const layer of wanted)
        if (has(scan).includes(layer))
          planes[layer] = await this.#reader.plane(scan, layer, 0, plan.axis, plan.at, signal);
      return paintSlice(planes, displays);
    };
    await this.#seen(plan.seen, read, plan, on);
  }

  async map(plan: MapPlan, theme: Theme, on: CanvasRenderingContext2D, signal: AbortSignal): Promise<void> {
    const { seen, electrode } = plan;
    if (seen.how === 'interpolate' && seen.next !== null) {
      const [a, b] = await Promise.all([
        this.#map(seen.scan, electrode, signal),
        this.#map(seen.next, electrode, signal),
      ]);
      const um = a.um.map((value, i) => value + seen.weight * (b.um[i]! - value));
      place(coloured({ ...a, um }, plan, theme), plan, on, 1);
      return;
    }
    await this.#seen(seen, async (scan) => coloured(await this.#map(scan, electrode, signal), plan, theme), plan, on);
  }

  #map(scan: number, electrode: 'working' | 'counter', signal: AbortSignal): Promise<ThicknessMap> {
    const key = `${scan}/${electrode}`;
    let held = this.#maps.get(key);
    if (!held) {
      held = this.#readMap(scan, electrode, signal);
      this.#maps.set(key, held);
      held.catch(() => this.#maps.delete(key));
      const [oldest] = this.#maps.keys();
      if (this.#maps.size > MAPS_KEPT && oldest !== undefined) this.#maps.delete(oldest);
    }
    return held;
  }

  /** One picture, or two of them mixed: fading and interpolating colours are the same here. */
  async #seen(
    { scan, next, weight }: Seen,
    read: (scan: number) => Promise<Picture | null>,
    plan: PlanePlan & { area: SlicePlan['area'] },
    on: CanvasRenderingContext2D,
  ): Promise<void> {
    const first = await read(scan);
    const second = next === null ? null : await read(next);
    if (first) place(first, plan, on, 1);
    if (second) place(second, plan, on, weight);
  }
}

/** A map in its colours; see-through where a scan does not reach is grey. */
function coloured({ rows, columns, um }: ThicknessMap, { limits, map }: MapPlan, theme: Theme): Picture {
  const table = colourTable(map);
  const unseen = colourOf(THEMES[theme].unseen).map((c) => Math.round(c * 255));
  const pixels = new Uint8ClampedArray(rows * columns * 4);
  for (let i = 0; i < um.length; i++) {
    const value = um[i]!;
    const from = Number.isNaN(value) ? -1 : 3 * tableStep(value, limits);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = from < 0 ? unseen[c]! : table[from + c]!;
    pixels[4 * i + 3] = Number.isNaN(value) ? 0 : 255;
  }
  return { width: columns, height: rows, pixels };
}

/** Puts the part of a plane that is seen where it lies; magnified voxels are smooth, as a lens has them. */
function place(
  { width, height, pixels }: Picture,
  { view, image, turned, upward, area }: PlanePlan & { area: SlicePlan['area'] },
  on: CanvasRenderingContext2D,
  weight: number,
): void {
  const whole = sheet(width, height);
  whole.putImageData(new ImageData(pixels, width, height), 0, 0);
  const [top, left] = view.min.map((n) => n + 0.5) as [number, number];
  const [high, wide] = [view.max[0] - view.min[0], view.max[1] - view.min[1]];
  const [x, y] = [image.left - area.left, image.top - area.top];
  on.save();
  on.globalAlpha = weight;
  on.imageSmoothingEnabled = true;
  on.imageSmoothingQuality = 'high';
  on.beginPath();
  on.rect(x, y, image.width, image.height);
  on.clip();
  on.translate(x, upward ? y + image.height : y);
  if (upward) on.scale(1, -1);
  if (turned) on.transform(0, 1, 1, 0, 0, 0);
  const [across, down] = turned ? [image.height, image.width] : [image.width, image.height];
  on.drawImage(whole.canvas, left, top, wide, high, 0, 0, across, down);
  on.restore();
}
