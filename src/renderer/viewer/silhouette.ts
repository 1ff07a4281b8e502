import type { Matrix4 } from 'three';
import type { Triple } from '../../core/geometry.ts';

/** Cubes that hold all that can be seen of a volume. */
export interface Blocks {
  /** Middles, x, y, z in voxels from the corner of the first one. */
  middles: Float32Array;
  /** Half an edge, voxels. */
  half: number;
}

/**
 * Blocks around all cells (`cell` voxels wide) of distance 0: single ones, or as many together as keep the number of blocks
 * within `most`. Blocks that others enclose are left out: they make no outline.
 */
export function blocksOf(map: Uint8Array, shape: Triple, cell: number, most: number): Blocks {
  for (let edge = 1; ; edge *= 2) {
    const grid = shape.map((n) => Math.ceil(n / edge)) as Triple;
    const outer = withoutInner(gathered(map, shape, grid, edge), grid);
    const count = outer.reduce((sum, full) => sum + full, 0);
    if (count <= most) return { middles: middlesOf(outer, grid, edge * cell, count), half: (edge * cell) / 2 };
  }
}

/** 1 for blocks of `edge` cells along each axis that hold one of distance 0. */
function gathered(map: Uint8Array, shape: Triple, grid: Triple, edge: number): Uint8Array {
  const full = new Uint8Array(grid[0] * grid[1] * grid[2]);
  for (let z = 0, at = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++) {
      const row = (Math.floor(z / edge) * grid[1] + Math.floor(y / edge)) * grid[2];
      for (let x = 0; x < shape[2]; x++, at++) if (map[at] === 0) full[row + Math.floor(x / edge)] = 1;
    }
  return full;
}

function withoutInner(full: Uint8Array, [nz, ny, nx]: Triple): Uint8Array {
  const outer = full.slice();
  for (let z = 1; z < nz - 1; z++)
    for (let y = 1; y < ny - 1; y++)
      for (let x = 1, at = (z * ny + y) * nx + 1; x < nx - 1; x++, at++) {
        const [row, plane] = [nx, ny * nx];
        const enclosed =
          full[at - 1]! & full[at + 1]! & full[at - row]! & full[at + row]! & full[at - plane]! & full[at + plane]!;
        if (enclosed) outer[at] = 0;
      }
  return outer;
}

function middlesOf(full: Uint8Array, [nz, ny, nx]: Triple, edge: number, count: number): Float32Array {
  const middles = new Float32Array(count * 3);
  let to = 0;
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        if (!full[at]) continue;
        middles.set([(x + 0.5) * edge, (y + 0.5) * edge, (z + 0.5) * edge], to);
        to += 3;
      }
  return middles;
}

/** Height of the rows of a silhouette, pixels. */
export const ROW = 8;

/**
 * Where on a picture blocks can be seen: for each row of pixels from the bottom up the first and last column, half open, in
 * pixels; null where some lie beside the eye. `reach` voxels are added around them.
 */
export function silhouette(
  { middles, half }: Blocks,
  reach: number,
  toClip: Matrix4,
  voxelSizeUm: Triple,
  width: number,
  height: number,
): { left: Float32Array; right: Float32Array } | null {
  const rows = Math.ceil(height / ROW);
  const [left, right] = [new Float32Array(rows).fill(width), new Float32Array(rows)];
  const e = toClip.elements;
  const [uz, uy, ux] = voxelSizeUm;
  const wide = half + reach;
  /** How much a clip coordinate can differ from that of a block's middle. */
  const spread = (k: number) => wide * (Math.abs(e[k]!) * ux + Math.abs(e[k + 4]!) * uy + Math.abs(e[k + 8]!) * uz);
  const [dx, dy, dw] = [spread(0), spread(1), spread(3)];
  for (let i = 0; i < middles.length; i += 3) {
    const [x, y, z] = [(middles[i]! - 0.5) * ux, (middles[i + 1]! - 0.5) * uy, (middles[i + 2]! - 0.5) * uz];
    const w = e[3]! * x + e[7]! * y + e[11]! * z + e[15]!;
    if (w <= 2 * dw) return null;
    const across = (e[0]! * x + e[4]! * y + e[8]! * z + e[12]!) / w;
    const up = (e[1]! * x + e[5]! * y + e[9]! * z + e[13]!) / w;
    const around = (((dx + Math.abs(across) * dw) / (w - dw)) * width) / 2 + 1;
    const above = (((dy + Math.abs(up) * dw) / (w - dw)) * height) / 2 + 1;
    const [column, line] = [((across + 1) / 2) * width, ((up + 1) / 2) * height];
    const first = Math.max(0, Math.floor((line - above) / ROW));
    const last = Math.min(rows - 1, Math.floor((line + above) / ROW));
    for (let row = first; row <= last; row++) {
      if (column - around < left[row]!) left[row] = column - around;
      if (column + around > right[row]!) right[row] = column + around;
    }
  }
  return { left, right };
}
