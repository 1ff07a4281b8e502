import type { LayerInfo } from '../../contract/app.ts';
import { type ColourMapName, colourTable, TABLE_STEPS, tableStep } from '../../core/colour_maps.ts';
import { colourOf, PHASE_COLOURS } from './march_uniforms.ts';
import type { LayerName, Plane } from './source.ts';
import { type LayerDisplays, PHASES } from './view.ts';

/** A plane of a layer and what its counts mean. */
export interface ShownPlane {
  plane: Plane;
  info: LayerInfo;
}
export type ShownPlanes = Partial<Record<LayerName, ShownPlane>>;

/** Phases over grey leave the grey visible. */
const OVER_GREY = 0.55;

/** Colour of every count from 0 to 65535, as bytes red, green, blue. */
function countColours(info: LayerInfo, window: readonly [number, number], map: ColourMapName): Uint8Array {
  const table = colourTable(map);
  const out = new Uint8Array(65536 * 3);
  for (let count = 0; count < 65536; count++) {
    const step = tableStep(info.offset + info.scale * count, window) * 3;
    out[count * 3] = table[step]!;
    out[count * 3 + 1] = table[step + 1]!;
    out[count * 3 + 2] = table[step + 2]!;
  }
  return out;
}

let known: { key: string; colours: Uint8Array }[] = [];
/** The last few tables are kept: while a slice is stepped through they stay the same. */
function coloursFor(info: LayerInfo, window: readonly [number, number], map: ColourMapName): Uint8Array {
  const key = `${info.offset}/${info.scale}/${window.join()}/${map}/${TABLE_STEPS}`;
  const held = known.find((one) => one.key === key);
  if (held) return held.colours;
  const made = { key, colours: countColours(info, window, map) };
  known = [made, ...known].slice(0, 6);
  return made.colours;
}

/** Mixes a count layer over what is there, `share` of it. */
function mixCounts(
  out: Uint8ClampedArray,
  { plane, info }: ShownPlane,
  window: [number, number],
  map: ColourMapName,
  share: number,
) {
  const colours = coloursFor(info, window, map);
  const { voxels } = plane;
  for (let i = 0, to = 0; i < voxels.length; i++, to += 4) {
    const from = voxels[i]! * 3;
    for (let c = 0; c < 3; c++) out[to + c]! += share * (colours[from + c]! - out[to + c]!);
  }
}

function mixPhases(
  out: Uint8ClampedArray,
  { plane }: ShownPlane,
  phases: LayerDisplays['phases'],
  share: number,
): void {
  PHASES.forEach((phase, channel) => {
    const { visible, opacity } = phases[phase];
    if (!visible || opacity <= 0) return;
    const colour = colourOf(PHASE_COLOURS[phase]).map((c) => c * 255) as [number, number, number];
    const most = (opacity * share) / 255;
    const { voxels } = plane;
    for (let i = channel, to = 0; i < voxels.length; i += 4, to += 4) {
      const alpha = voxels[i]! * most;
      if (alpha === 0) continue;
      for (let c = 0; c < 3; c++) out[to + c]! += alpha * (colour[c]! - out[to + c]!);
    }
  });
}

/** Picture of a slice, RGBA rows from the top: grey below, then LVF from 0 to 100 %, then phases. Null where nothing is shown. */
export function paintSlice(
  planes: ShownPlanes,
  layers: LayerDisplays,
): { width: number; height: number; pixels: Uint8ClampedArray<ArrayBuffer> } | null {
  const any = planes.grey ?? planes.lvf ?? planes.phases;
  if (!any) return null;
  const [height, width] = any.plane.shape;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  const { grey, lvf, phases } = layers;
  const fits = (plane?: ShownPlane) => (plane?.plane.shape.join() === `${height},${width}` ? plane : undefined);
  const shown = {
    grey: grey.visible && fits(planes.grey),
    lvf: lvf.visible && fits(planes.lvf),
    phases: fits(planes.phases),
  };
  if (shown.grey) mixCounts(pixels, shown.grey, grey.window, grey.map, grey.opacity);
  if (shown.lvf) mixCounts(pixels, shown.lvf, [0, 1], lvf.map, shown.grey ? lvf.opacity : 1);
  if (shown.phases) mixPhases(pixels, shown.phases, phases, shown.grey || shown.lvf ? OVER_GREY : 1);
  return { width, height, pixels };
}

/** What a plane holds at a pixel, in the layer's unit; null outside. */
export function valueAt({ plane, info }: ShownPlane, row: number, column: number): number | null {
  const [height, width] = plane.shape;
  if (row < 0 || column < 0 || row >= height || column >= width) return null;
  return info.offset + info.scale * plane.voxels[row * width + column]!;
}

export function fractionsAt(
  { plane }: ShownPlane,
  row: number,
  column: number,
): [number, number, number, number] | null {
  const [height, width] = plane.shape;
  if (row < 0 || column < 0 || row >= height || column >= width) return null;
  const at = (row * width + column) * 4;
  return [0, 1, 2, 3].map((c) => plane.voxels[at + c]! / 255) as [number, number, number, number];
}
