import { type ColourMapName, colourTable, TABLE_STEPS } from '../../core/colour_maps.ts';

/** A colour at a shown value: linear red, green, blue, and extinction a reference step. */
type Transfer = Float32Array;

function linear(byte: number): number {
  const c = byte / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

/** Nothing shows up to this share of the window: there is noise. */
export const LEAST_SHOWN = 10 / 255;

/** Opacity grows with the square of what is shown, so that noise at the low end stays out of sight. */
function transferOf(map: ColourMapName, opacity: number): Transfer {
  const colours = colourTable(map);
  const out = new Float32Array(TABLE_STEPS * 4);
  for (let i = 0; i < TABLE_STEPS; i++) {
    const share = Math.max(0, i / (TABLE_STEPS - 1) - LEAST_SHOWN) / (1 - LEAST_SHOWN);
    for (let c = 0; c < 3; c++) out[i * 4 + c] = linear(colours[i * 3 + c]!);
    out[i * 4 + 3] = -Math.log(1 - 0.6 * opacity * share * share);
  }
  return out;
}

/** Values of one segment that are composited at most. */
const MOST_PARTS = 24;

/**
 * Pre-integrated transfer function: for every pair of values at the ends of a step (256 × 256, the front one along x) the
 * premultiplied linear colour and the opacity of the straight way between them, as floats. After Engel, Kraus, Ertl 2001.
 */
export function preintegrated(map: ColourMapName, opacity: number): Float32Array<ArrayBuffer> {
  const transfer = transferOf(map, opacity);
  const out = new Float32Array(TABLE_STEPS * TABLE_STEPS * 4);
  for (let back = 0; back < TABLE_STEPS; back++)
    for (let front = 0; front < TABLE_STEPS; front++)
      segment(transfer, front, back, out, (back * TABLE_STEPS + front) * 4);
  return out;
}

function segment(transfer: Transfer, front: number, back: number, out: Float32Array, to: number): void {
  const parts = Math.min(MOST_PARTS, Math.abs(back - front) + 1);
  let clear = 1;
  for (let part = 0; part < parts; part++) {
    const at = Math.round(front + ((part + 0.5) / parts) * (back - front)) * 4;
    const alpha = 1 - Math.exp(-transfer[at + 3]! / parts);
    for (let c = 0; c < 3; c++) out[to + c]! += clear * alpha * transfer[at + c]!;
    clear *= 1 - alpha;
  }
  out[to + 3] = 1 - clear;
}
