import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Region, Triple } from '../core/geometry.ts';
import type { StepResult } from '../core/step.ts';
import type { RestMask } from '../engine/register.ts';
import { columnRange, type Frame, toView, type ViewRegion, viewShape } from './frame.ts';
import { heightAt, planeAt, type SmoothSurface } from './layers/height.ts';
import type { Layers } from './layers/index.ts';

/** An interface of the reference: its height in every column, and the smooth surface through it. */
export interface Interface {
  heights: Float32Array;
  smooth: SmoothSurface;
}

/** The reference's cell as the steps after `layers` see it, in view voxels. */
export interface Cell {
  layers: Layers;
  frame: Frame;
  /** Shape of the view. */
  shape: Triple;
  working: Interface | null;
  counter: Interface | null;
}

export function cellOf({ value, directory }: StepResult<Layers>): Cell {
  const frame = { orientation: value.orientation, shape: value.shape };
  const read = (name: string, smooth: SmoothSurface | null): Interface | null => {
    if (!smooth) return null;
    const bytes = readFileSync(join(directory, name));
    return { heights: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), smooth };
  };
  return {
    layers: value,
    frame,
    shape: viewShape(frame),
    working: read('working.f32', value.working),
    counter: read('counter.f32', value.counter),
  };
}

/** Slices of a region in every column i = v · nu + u: [from[i], to[i]), inside the volume, empty outside the region. */
export interface Columns {
  from: Uint16Array;
  to: Uint16Array;
  /** The box that holds them all, half open; min = max where there are none. */
  min: Triple;
  max: Triple;
}

/** The slices that `span` gives for each column (v, u), rounded and kept inside the volume. */
export function columnsWhere([ns, nv, nu]: Triple, span: (v: number, u: number) => [number, number] | null): Columns {
  const from = new Uint16Array(nv * nu);
  const to = new Uint16Array(nv * nu);
  const min: Triple = [ns, nv, nu];
  const max: Triple = [0, 0, 0];
  const clamp = (s: number) => Math.max(0, Math.min(ns, Math.round(s)));
  for (let v = 0, i = 0; v < nv; v++)
    for (let u = 0; u < nu; u++, i++) {
      const range = span(v, u);
      if (!range) continue;
      const low = clamp(range[0]);
      const high = clamp(range[1]);
      if (high <= low) continue;
      from[i] = low;
      to[i] = high;
      if (low < min[0]) min[0] = low;
      if (high > max[0]) max[0] = high;
      if (v < min[1]) min[1] = v;
      if (u < min[2]) min[2] = u;
      if (u >= max[2]) max[2] = u + 1;
      max[1] = v + 1;
    }
  return { from, to, min: max[0] > 0 ? min : [0, 0, 0], max };
}

/** The slices of a view region, following `surface` where the region asks for it. */
export function columnsOf(cell: Cell, region: ViewRegion, surface: Interface | null): Columns {
  const nu = cell.shape[2];
  const smooth = surface?.smooth ?? null;
  const follow = region.kind === 'cylinder' ? region.follow : 'none';
  const center: [number, number] =
    region.kind === 'cylinder' ? region.center : [(cell.shape[1] - 1) / 2, (cell.shape[2] - 1) / 2];
  const anchor = smooth ? heightAt(smooth, ...center) : 0;
  return columnsWhere(cell.shape, (v, u) => {
    const height = surface && follow === 'surface' ? surface.heights[v * nu + u]! : 0;
    const plane = smooth && follow === 'plane' ? planeAt(smooth, v, u) : 0;
    return columnRange(region, v, u, height, plane, anchor);
  });
}

/** A region of the recipe or of `layers` as columns; null when there is none. */
export function regionColumns(
  cell: Cell,
  region: Region | null | undefined,
  surface: Interface | null,
): Columns | null {
  if (!region) return null;
  const view = toView(region, cell.frame);
  return view ? columnsOf(cell, view, surface) : null;
}

/** Edge of the cells of a mask of at most four million cells. */
export function maskCell(shape: Triple): number {
  return Math.max(2, Math.ceil(Math.cbrt((shape[0] * shape[1] * shape[2]) / 4e6)));
}

/** What rests, with the box of cells that holds it (half open) and its middle in view voxels. */
export interface Mask extends RestMask {
  min: Triple;
  max: Triple;
  middle: Triple;
}

/** Cells whose middle lies in one of the column sets. */
export function maskOf(shape: Triple, columns: Columns[]): Mask {
  const cell = maskCell(shape);
  const n = shape.map((edge) => Math.ceil(edge / cell)) as Triple;
  const cells = new Uint8Array(n[0] * n[1] * n[2]);
  const middle = (i: number, axis: 0 | 1 | 2) => Math.min(shape[axis] - 1, i * cell + (cell - 1) / 2);
  const min: Triple = [...n];
  const max: Triple = [0, 0, 0];
  const sum: Triple = [0, 0, 0];
  let count = 0;
  for (const { from, to } of columns)
    for (let j = 0; j < n[1]; j++)
      for (let k = 0; k < n[2]; k++) {
        const column = Math.round(middle(j, 1)) * shape[2] + Math.round(middle(k, 2));
        const low = from[column]!;
        const high = to[column]!;
        for (let i = Math.floor(low / cell); i < n[0] && middle(i, 0) < high; i++) {
          const at = (i * n[1] + j) * n[2] + k;
          if (middle(i, 0) < low || cells[at]) continue;
          cells[at] = 1;
          count++;
          sum[0] += i;
          sum[1] += j;
          sum[2] += k;
          min[0] = Math.min(min[0], i);
          min[1] = Math.min(min[1], j);
          min[2] = Math.min(min[2], k);
          max[0] = Math.max(max[0], i + 1);
          max[1] = Math.max(max[1], j + 1);
          max[2] = Math.max(max[2], k + 1);
        }
      }
  return {
    cells,
    shape: n,
    cell,
    min: count > 0 ? min : [0, 0, 0],
    max,
    middle: sum.map((total) => (total / Math.max(1, count)) * cell + (cell - 1) / 2) as Triple,
  };
}
