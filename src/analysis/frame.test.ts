import { describe, expect, test } from 'vitest';
import {
  AXES,
  type Cylinder,
  type Matrix4,
  type Orientation,
  orientationOf,
  type Region,
  type Triple,
} from '../core/geometry.ts';
import {
  columnRange,
  type Frame,
  matrixOfFiles,
  matrixOfViews,
  stackAxis,
  toFile,
  toView,
  type ViewRegion,
  viewShape,
  viewToFileBox,
  viewToFilePoint,
  viewToFileVector,
} from './frame.ts';

const SHAPE: Triple = [6, 8, 11];
const FRAMES = AXES.flatMap((axis) =>
  (['low', 'high'] as const).map((end): [string, string, Frame] => [
    axis,
    end,
    { orientation: orientationOf(axis, end), shape: SHAPE },
  ]),
);

/** Voxels of the file that a region of the file holds, by the words of the recipe. */
function voxelsOfFile(region: Region): Set<string> {
  const inside = (p: Triple) => {
    if (region.kind === 'box') return p.every((at, k) => at >= region.min[k]! && at < region.max[k]!);
    const along = AXES.indexOf(region.axis);
    const [a, b] = [0, 1, 2].filter((k) => k !== along) as [number, number];
    const r = Math.hypot(p[a]! - region.center[0], p[b]! - region.center[1]);
    return r <= region.radius && p[along]! >= region.range[0] && p[along]! < region.range[1];
  };
  const found = new Set<string>();
  for (let z = 0; z < SHAPE[0]; z++)
    for (let y = 0; y < SHAPE[1]; y++)
      for (let x = 0; x < SHAPE[2]; x++) if (inside([z, y, x])) found.add([z, y, x].join());
  return found;
}

/** The same of a region of the view, its voxels told in the file. */
function voxelsOfView(region: ViewRegion, frame: Frame): Set<string> {
  const n = viewShape(frame);
  const found = new Set<string>();
  for (let s = 0; s < n[0]; s++)
    for (let v = 0; v < n[1]; v++)
      for (let u = 0; u < n[2]; u++) {
        const range = columnRange(region, v, u, 0, 0, 0);
        if (range && s >= range[0] && s < range[1]) found.add(viewToFilePoint([s, v, u], frame).join());
      }
  return found;
}

describe.each(FRAMES)('a cell along %s with its working electrode at the %s end', (axis, end, frame) => {
  const n = viewShape(frame);
  const at = (k: number) => frame.orientation.axis[k]!;

  test('has its axis and shape', () => {
    expect(stackAxis(frame)).toBe(axis);
    expect(n[0]).toBe(SHAPE[AXES.indexOf(stackAxis(frame))]);
    expect(n.toSorted((a, b) => a - b)).toEqual([6, 8, 11]);
  });

  test('a box is the same voxels in the view and in the file, there and back', () => {
    const box = { kind: 'box' as const, min: [1, 2, 3] as Triple, max: [4, 7, 5] as Triple };
    const view = toView(box, frame)!;
    const voxels = voxelsOfFile(box);
    expect(voxels.size).toBe(3 * 5 * 2);
    expect(voxelsOfView(view, frame)).toEqual(voxels);
    expect(toFile(view, frame)).toEqual(box);
    expect(viewToFileBox(view as { min: Triple; max: Triple }, frame)).toEqual({ min: box.min, max: box.max });
  });

  test('a cylinder along the stack is the same voxels in the view and in the file, there and back', () => {
    const cylinder: Cylinder = {
      kind: 'cylinder',
      axis: stackAxis(frame),
      center: [SHAPE[at(1)]! / 2 - 1, SHAPE[at(2)]! / 2],
      radius: 2.5,
      range: [1, 4],
      follow: 'none',
    };
    const view = toView(cylinder, frame)!;
    const voxels = voxelsOfFile(cylinder);
    expect(voxels.size).toBeGreaterThan(30);
    expect(voxelsOfView(view, frame)).toEqual(voxels);
    expect(toFile(view, frame)).toEqual(cylinder);
    expect(view).toMatchObject({ kind: 'cylinder', radius: 2.5, follow: 'none' });
  });

  test('a cylinder across the stack is none', () => {
    const other = AXES.find((name) => name !== stackAxis(frame))!;
    expect(
      toView({ kind: 'cylinder', axis: other, center: [3, 3], radius: 2, range: [0, 4], follow: 'none' }, frame),
    ).toBeNull();
  });

  test('directions turn with it: a step in the view is a step in the file', () => {
    for (const step of [
      [1, 0, 0],
      [0, 1, 0],
      [0.5, -2, 3],
    ] as Triple[]) {
      const from = viewToFilePoint([1, 2, 3], frame);
      const to = viewToFilePoint([1 + step[0], 2 + step[1], 3 + step[2]], frame);
      expect(viewToFileVector(step, frame).map((x) => x + 0)).toEqual(to.map((x, k) => x - from[k]!));
    }
    expect(viewToFileVector([1, 0, 0], frame)[AXES.indexOf(stackAxis(frame))]).toBe(end === 'high' ? -1 : 1);
  });

  test('a motion is the same between views and between files, also of unlike shape', () => {
    const moved: Frame = { orientation: frame.orientation, shape: [9, 10, 7] };
    const turn = 0.02;
    const view: Matrix4 = [
      1,
      0,
      0,
      0.5,
      0,
      Math.cos(turn),
      -Math.sin(turn),
      -3,
      0,
      Math.sin(turn),
      Math.cos(turn),
      2,
      0,
      0,
      0,
      1,
    ];
    const file = matrixOfFiles(view, frame, moved);
    const apply = (m: Matrix4, p: Triple) =>
      [0, 4, 8].map((row) => m[row]! * p[0] + m[row + 1]! * p[1] + m[row + 2]! * p[2] + m[row + 3]!) as Triple;
    for (const p of [
      [0, 0, 0],
      [2, 5, 1],
      [4.5, 0.5, 3],
    ] as Triple[]) {
      const there = apply(file, viewToFilePoint(p, frame));
      viewToFilePoint(apply(view, p), moved).forEach((x, k) => {
        expect(there[k]).toBeCloseTo(x, 10);
      });
    }
    matrixOfViews(file, frame, moved).forEach((x, i) => {
      expect(x).toBeCloseTo(view[i]!, 12);
    });
  });
});

test('regions of a view that is flipped across the stack too', () => {
  const orientation: Orientation = { axis: [1, 0, 2], flip: [true, true, true] };
  const frame: Frame = { orientation, shape: SHAPE };
  const box = { kind: 'box' as const, min: [1, 2, 3] as Triple, max: [4, 7, 5] as Triple };
  expect(voxelsOfView(toView(box, frame)!, frame)).toEqual(voxelsOfFile(box));
  expect(toFile(toView(box, frame)!, frame)).toEqual(box);
});

describe('a column of a cylinder', () => {
  const region = (follow: 'surface' | 'plane' | 'none'): ViewRegion => ({
    kind: 'cylinder',
    center: [10, 12],
    radius: 5,
    range: [20, 30],
    follow,
  });

  test('follows the surface, the plane, or nothing, in whole slices', () => {
    expect(columnRange(region('surface'), 10, 12, 27.4, 24.6, 25)).toEqual([22, 32]);
    expect(columnRange(region('plane'), 10, 12, 27.4, 23.6, 25)).toEqual([19, 29]);
    expect(columnRange(region('none'), 10, 12, 27.4, 23.6, 25)).toEqual([20, 30]);
  });

  test('ends at the radius', () => {
    expect(columnRange(region('none'), 13, 16, 0, 0, 0)).toEqual([20, 30]);
    expect(columnRange(region('none'), 14, 16, 0, 0, 0)).toBeNull();
  });
});
