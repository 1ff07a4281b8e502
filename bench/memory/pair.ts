import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Triple } from '../../src/core/geometry.ts';
import { renderPhantom } from '../../src/engine/phantom.ts';
import { writeTiff } from '../../src/formats/tiff_writer.ts';
import { type Cell, cellAt, drawCell, placeOf } from '../../src/phantom/cell.ts';
import { rigid } from '../../src/phantom/motion.ts';
import { opticsOf } from '../../src/phantom/optics.ts';
import { plainSpec } from '../../src/phantom/spec.ts';
import { valueAt } from '../../src/phantom/spline.ts';

/** What is drawn: slices and edge of the small phantom. */
const SLICES = 232;
const EDGE = 512;
/** Parts of it where collector, electrolyte and foil end, and parts of the whole stack where they do. */
const SMALL_LAYERS = [0.24, 0.66, 0.92] as const;
const LAYERS = [0.18, 0.78, 0.92] as const;
/** Slices from an interface that are never repeated, beyond how far it reaches itself. */
const CLEAR = 24;
const NOISE = 900;

export interface Pair {
  /** Folders of TIFF slices. */
  paths: string[];
  voxelSizeUm: number;
  workingAreaMm2: number;
  /** Slices that are files of their own; the others are links to these. */
  distinct: number;
  bytesOnDisk: number;
}

/**
 * A pair of scans of `shape` as folders of TIFF slices, with cracks and lithium in the second. A phantom of 512 × 512 columns is
 * widened to the field, which is a multiple of it, and every voxel gets noise of its own; both scans differ by a turn and a shift within
 * the slices, so that those of collector, electrolyte and foil that lie off the interfaces can come again and again: a slice
 * that does is a further link to its file. All that is read has content, in a few gigabytes.
 */
export async function makePair(folder: string, [ns, nv, nu]: Triple, log = (_: string) => {}): Promise<Pair> {
  const times = nv / EDGE;
  if (nv !== nu || !Number.isInteger(times)) throw new RangeError(`slices are squares of a multiple of ${EDGE} voxels`);
  const spec = {
    ...plainSpec({ size: 'large', scans: 8, noise: 'none' }),
    field: [SLICES, EDGE, EDGE] as Triple,
    interfaces: [...SMALL_LAYERS] as [number, number, number],
    tiltDeg: 0.6,
    domeUm: 10,
    texture: 1.5,
  };
  const cell = drawCell(spec);
  const middle = cell.shape.map((edge) => (edge - 1) / 2) as Triple;
  cell.motions[7] = {
    matrix: rigid(middle, [1, 0, 0], 0.15, [0, 0.53, -0.37]),
    rotationDeg: 0.15,
    shift: [0, 0.53, -0.37],
  };
  const source = sourceOfSlices(cell, ns);
  const paths: string[] = [];
  let bytesOnDisk = 0;
  for (const [i, scan] of [0, 7].entries()) {
    log(`drawing scan ${i}`);
    const small = new Uint16Array(SLICES * EDGE * EDGE);
    const { scene } = await cellAt(cell, scan);
    await renderPhantom(scene, placeOf(cell, scan), opticsOf(cell, scan), small);
    const path = join(folder, `scan_${i}`);
    await mkdir(path);
    const first = new Map<number, string>();
    const noise = noiseOf(i);
    for (const [s, from] of source.entries()) {
      const file = join(path, `slice_${String(s).padStart(4, '0')}.tif`);
      const drawn = first.get(from);
      if (drawn) {
        await link(drawn, file);
        continue;
      }
      first.set(from, file);
      const voxels = widened(small.subarray(from * EDGE * EDGE, (from + 1) * EDGE * EDGE), times, noise, from);
      bytesOnDisk += voxels.byteLength;
      await writeTiff(file, { shape: [nv, nu], type: 'uint16', voxels, voxelSizeUm: null });
    }
    // A scanner's log or a note among the slices is left alone.
    await writeFile(join(path, 'readme.txt'), 'Slices of a phantom; equal ones are links to one file.\n');
    paths.push(path);
  }
  return {
    paths,
    voxelSizeUm: spec.voxelUm,
    workingAreaMm2: (Math.PI * (cell.radiusUm * times) ** 2) / 1e6,
    distinct: new Set(source).size,
    bytesOnDisk,
  };
}

/** The slice of the small phantom that each slice of the stack shows. */
function sourceOfSlices(cell: Cell, ns: number): number[] {
  const { spec, surfaces } = cell;
  const reach = (name: 'working' | 'counter' | 'back') => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let v = 0; v < EDGE; v += 16)
      for (let u = 0; u < EDGE; u += 16) {
        if (Math.hypot(v - EDGE / 2, u - EDGE / 2) > spec.radius) continue;
        const s = valueAt(surfaces[name], v * spec.voxelUm, u * spec.voxelUm) / spec.voxelUm;
        low = Math.min(low, s);
        high = Math.max(high, s);
      }
    return [Math.floor(low), Math.ceil(high)] as const;
  };
  const [working, counter, back] = [reach('working'), reach('counter'), reach('back')];
  // What is repeated of each layer, half open.
  const plain: [number, number][] = [
    [2, working[0] - CLEAR / 2],
    [working[1] + CLEAR, counter[0] - CLEAR],
    [counter[1] + CLEAR / 2, back[0] - 6],
    [back[1] + 4, SLICES],
  ];
  for (const [from, to] of plain)
    if (to - from < 2) throw new RangeError(`no slices to repeat from ${from} to ${to} of the phantom`);
  const source: number[] = [];
  const ends = [...LAYERS.map((part) => Math.round(part * ns)), ns];
  let next = 0;
  plain.forEach(([from, to], layer) => {
    for (; next < to; next++) source.push(next);
    // The rest of the phantom up to the interface still follows.
    const after = layer < 3 ? Math.round(SMALL_LAYERS[layer]! * SLICES) - to : 0;
    for (let k = 0; source.length + after < ends[layer]!; k++) source.push(from + (k % (to - from)));
  });
  if (source.length > ns) throw new RangeError(`a stack of ${ns} slices is too low`);
  return source;
}

/** A slice `times` as wide and high, between its pixels in proportion, with noise. */
function widened(small: Uint16Array, times: number, noise: Float32Array, slice: number): Uint16Array {
  const edge = EDGE * times;
  const out = new Uint16Array(edge * edge);
  const row = new Float32Array(EDGE + 1);
  // Noise as long as a prime begins at another place in every slice.
  let n = (slice * 7919 * 31) % noise.length;
  for (let y = 0, i = 0; y < edge; y++) {
    const at = Math.max(0, (y + 0.5) / times - 0.5);
    const y0 = Math.floor(at);
    const y1 = Math.min(EDGE - 1, y0 + 1);
    const part = at - y0;
    for (let x = 0; x < EDGE; x++) row[x] = small[y0 * EDGE + x]! * (1 - part) + small[y1 * EDGE + x]! * part;
    row[EDGE] = row[EDGE - 1]!;
    for (let x = 0; x < edge; x++, i++) {
      const place = Math.max(0, (x + 0.5) / times - 0.5);
      const x0 = Math.floor(place);
      const value = row[x0]! + (place - x0) * (row[x0 + 1]! - row[x0]!) + noise[n]!;
      if (++n === noise.length) n = 0;
      out[i] = value < 0 ? 0 : value > 65535 ? 65535 : value;
    }
  }
  return out;
}

/** Normal noise: the sum of twelve even numbers of a linear congruence (Knuth), less six. */
function noiseOf(seed: number): Float32Array {
  let state = (seed + 1) * 2654435761;
  const even = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: 1048573 }, () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += even();
    return NOISE * sum;
  });
}
