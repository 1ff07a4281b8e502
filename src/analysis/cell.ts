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

/** Slices of a region in each column (v, u), half open and inside the volume; an empty span outside the region. */
export type Columns = (v: number, u: number) => [number, number];

const NONE: [number, number] = [0, 0];

/** The slices of a view region, following `surface` where the region asks for it. */
export function columnsOf(cell: Cell, region: ViewRegion, surface: Interface | null): Columns {
  const [ns, , nu] = cell.shape;
  const smooth = surface?.smooth ?? null;
  const center: [number, number] =
    region.kind === 'cylinder' ? region.center : [(cell.shape[1] - 1) / 2, (cell.shape[2] - 1) / 2];
  const anchor = smooth ? heightAt(smooth, ...center) : 0;
  const clamp = (s: number) => Math.max(0, Math.min(ns, Math.round(s)));
  return (v, u) => {
    const height = surface ? surface.heights[v * nu + u]! : 0;
    const plane = smooth ? planeAt(smooth, v, u) : 0;
    const range = columnRange(region, v, u, height, plane, anchor);
    return range ? [clamp(range[0]), clamp(range[1])] : NONE;
  };
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

/** Cells whose middle lies in one of the column sets. */
export function maskOf(shape: Triple, columns: Columns[]): RestMask {
  const cell = maskCell(shape);
  const n = shape.map((edge) => Math.ceil(edge / cell)) as Triple;
  const cells = new Uint8Array(n[0] * n[1] * n[2]);
  const middle = (i: number, axis: 0 | 1 | 2) => Math.min(shape[axis] - 1, i * cell + (cell - 1) / 2);
  for (let j = 0; j < n[1]; j++)
    for (let k = 0; k < n[2]; k++)
      for (const column of columns) {
        const [from, to] = column(Math.round(middle(j, 1)), Math.round(middle(k, 2)));
        for (let i = Math.max(0, Math.floor(from / cell)); i < n[0] && middle(i, 0) < to; i++)
          if (middle(i, 0) >= from) cells[(i * n[1] + j) * n[2] + k] = 1;
      }
  return { cells, shape: n, cell };
}
