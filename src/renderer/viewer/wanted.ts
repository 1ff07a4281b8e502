import { Box3, type Frustum, type Matrix4, Vector3, Frustum as ViewFrustum } from 'three';
import type { Triple } from '../../core/geometry.ts';
import { BRICK, bricksOf } from './grid.ts';

export interface BrickPlace {
  level: number;
  place: Triple;
}

export interface Sight {
  /** From µm to clip space. */
  toClip: Matrix4;
  /** µm, x y z. */
  eye: Vector3;
  /** µm that a pixel covers at a distance of 1 µm from the eye, or anywhere when `orthographic`. */
  pixelUm: number;
  orthographic: boolean;
}

export interface Wanting {
  shape: Triple;
  voxelSizeUm: Triple;
  /** Level that is always there. */
  floor: number;
  /** Voxels drawn, half open. */
  low: Triple;
  high: Triple;
  /** Whether a brick can show nothing. */
  empty: (level: number, place: Triple) => boolean;
  /** Bricks there is room for. */
  most: number;
}

const KIDS = [0, 1, 2, 3, 4, 5, 6, 7].map((i): Triple => [(i >> 2) & 1, (i >> 1) & 1, i & 1]);
/** A voxel may cover this many pixels before a finer level is wanted. */
const PIXELS_A_VOXEL = 1.25;

/** Bricks that the picture needs beyond the floor, nearest first; coarser all over where there is no room for them. */
export function wantedBricks(sight: Sight, wanting: Wanting): BrickPlace[] {
  for (let bias = 0; ; bias += 0.5) {
    const bricks = atDetail(sight, wanting, bias);
    if (bricks.length <= wanting.most || bias > 24) return bricks.slice(0, wanting.most);
  }
}

function atDetail(sight: Sight, wanting: Wanting, bias: number): BrickPlace[] {
  const frustum = new ViewFrustum().setFromProjectionMatrix(sight.toClip);
  const found: { brick: BrickPlace; near: number }[] = [];
  const top = wanting.floor - 1;
  if (top < 0) return [];
  const grid = bricksOf(wanting.shape, top);
  for (let z = 0; z < grid[0]; z++)
    for (let y = 0; y < grid[1]; y++)
      for (let x = 0; x < grid[2]; x++) descend(sight, wanting, frustum, bias, { level: top, place: [z, y, x] }, found);
  return found.sort((a, b) => a.near - b.near).map(({ brick }) => brick);
}

function descend(
  sight: Sight,
  wanting: Wanting,
  frustum: Frustum,
  bias: number,
  brick: BrickPlace,
  found: { brick: BrickPlace; near: number }[],
): void {
  const { level, place } = brick;
  const edge = BRICK * 2 ** level;
  const low = place.map((p) => p * edge);
  if (low.some((n, axis) => n >= wanting.high[axis]! || n + edge <= wanting.low[axis]! || n >= wanting.shape[axis]!))
    return;
  const box = boxUm(low as Triple, edge, wanting);
  if (!frustum.intersectsBox(box) || wanting.empty(level, place)) return;
  const near = box.distanceToPoint(sight.eye);
  const pixel = sight.orthographic ? sight.pixelUm : sight.pixelUm * Math.max(near, 1e-6);
  const voxel = Math.min(...wanting.voxelSizeUm);
  const level0 = Math.log2((pixel * PIXELS_A_VOXEL) / voxel) + bias;
  if (level0 >= wanting.floor) return;
  if (level === 0 || level <= level0) found.push({ brick, near });
  else
    for (const [z, y, x] of KIDS)
      descend(
        sight,
        wanting,
        frustum,
        bias,
        { level: level - 1, place: [place[0] * 2 + z, place[1] * 2 + y, place[2] * 2 + x] },
        found,
      );
}

function boxUm(low: Triple, edge: number, { shape, voxelSizeUm }: Wanting): Box3 {
  const corner = (at: readonly number[]) =>
    new Vector3((at[2]! - 0.5) * voxelSizeUm[2], (at[1]! - 0.5) * voxelSizeUm[1], (at[0]! - 0.5) * voxelSizeUm[0]);
  return new Box3(corner(low), corner(low.map((n, axis) => Math.min(n + edge, shape[axis]!))));
}
