import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlicesPanel } from '../../../core/figure/layout.ts';
import { type AxisName, IDENTITY, orientationOf, type Triple, viewToFile } from '../../../core/geometry.ts';
import { CELLS } from '../../../core/plot/look.ts';
import type { Series } from '../../../core/series.ts';
import type { ResultRef, StepResult } from '../../../core/step.ts';
import { writeRaw } from '../../../formats/write_voxels.ts';
import { createZarr } from '../../../store/zarr/index.ts';
import type { Analysed } from '../analysed.ts';
import { fourScans } from '../fixtures/results.ts';
import type { Drawing, Drawn } from './drawing.ts';
import { slicesPanel } from './panels/slices.ts';
import { chooseCut, sectionOf } from './sections.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sections-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const [NS, NV, NU] = [14, 16, 20];
/** Where the view has something: plated lithium, and a crack. */
const PLATED: Triple = [3, 11, 5];
const CRACKED: Triple = [8, 11, 12];
const grey = (s: number, v: number, u: number) => 1000 + 100 * s + 10 * v + u;

/** A cell whose file has its stack along `axis`; every voxel tells its own place. */
async function cell(axis: AxisName, collectorEnd: 'low' | 'high'): Promise<Analysed> {
  const orientation = orientationOf(axis, collectorEnd);
  const shape: Triple = [0, 0, 0];
  for (const [k, n] of [NS, NV, NU].entries()) shape[orientation.axis[k]!] = n;
  const toFile = viewToFile(shape, orientation);
  const at = (p: Triple): number => {
    const [z, y, x] = [0, 1, 2].map(
      (r) => toFile[r * 4]! * p[0] + toFile[r * 4 + 1]! * p[1] + toFile[r * 4 + 2]! * p[2] + toFile[r * 4 + 3]!,
    ) as Triple;
    return (z * shape[1] + y) * shape[2] + x;
  };
  const voxels = new Uint16Array(NS * NV * NU);
  for (let s = 0; s < NS; s++)
    for (let v = 0; v < NV; v++) for (let u = 0; u < NU; u++) voxels[at([s, v, u])] = grey(s, v, u);
  const path = join(folder, 'scan.raw');
  await writeRaw(path, { shape, type: 'uint16', voxels });

  const counts = new Int16Array(NS * NV * NU);
  counts[at(PLATED)] = 6144;
  const zarr = await createZarr(join(folder, 'lvf.zarr'), {
    name: 'lvf',
    type: 'int16',
    shape,
    voxelSizeUm: [2, 2, 2],
    channels: [{ label: 'lvf', color: 'E03C31', window: [0, 8192] }],
  });
  await zarr.writeSlab(0, counts);
  await zarr.close();
  const index = (CRACKED[0] * NV + CRACKED[1]) * NU + CRACKED[2];
  const files = {
    'index.f64': Float64Array.of(index),
    'part.u16': Uint16Array.of(1),
    'core.u8': Uint8Array.of(1),
    'fraction.f32': Float32Array.of(0.9),
    'plated.f32': Float32Array.of(0),
  };
  for (const [name, array] of Object.entries(files)) await writeFile(join(folder, name), new Uint8Array(array.buffer));

  const values: Record<string, unknown> = {
    layers: {
      refused: null,
      cell: 'zero-excess',
      orientation,
      shape,
      working: null,
      counter: null,
      foilEnd: null,
      pellet: null,
      fieldRadius: null,
    },
    register: { view: IDENTITY, fieldRadius: null },
    intensity: { applied: false, gain: 1, offset: 0 },
    cracks: { parts: [] },
    lvf: { volume: 'lvf.zarr', countsPerUnit: 8192 },
  };
  const scan = { index: 0, name: 'a', path, fingerprint: 'f', startH: null, timeH: null, endH: null };
  const source = {
    segments: [{ path, offset: 0, rows: shape[0] * shape[1] }],
    shape,
    type: 'uint16' as const,
    bigEndian: false,
  };
  const series: Series = {
    voxelSizeUm: [2, 2, 2],
    scans: Array.from({ length: 4 }, (_, k) => ({ ...scan, index: k, source })),
    cycling: null,
    workingAreaMm2: null,
    counterAreaMm2: null,
  };
  const results = fourScans(() => null);
  results.recipe.stack = { axis, collectorEnd };
  const stored = <R>({ step }: ResultRef): StepResult<R> | null =>
    values[step] ? { key: step, value: values[step] as R, directory: folder } : null;
  return { name: 'cell', asked: {}, results, series, stored, keys: [], directory: folder };
}

test.each([
  ['z', 'low'],
  ['z', 'high'],
  ['y', 'low'],
  ['x', 'high'],
] as const)('a cut through a file with its stack along %s, collector at the %s end', async (axis, end) => {
  const analysed = await cell(axis, end);
  const cut = chooseCut(analysed)!;
  expect(cut.v).toBe(CRACKED[1]);
  const section = (await sectionOf(analysed, cut, 1, 1))!;
  const field = (name: 'grey' | 'lvf' | 'cracks', s: number, u: number) => section[name]![s * NU + u];
  for (const [s, u] of [
    [0, 0],
    [4, 7],
    [13, 19],
  ] as const)
    expect(field('grey', s, u)).toBe(grey(s, cut.v, u));
  expect(field('lvf', PLATED[0], PLATED[2])).toBe(0.75);
  expect(section.lvf!.filter((fraction) => fraction !== 0)).toHaveLength(1);
  expect(field('cracks', CRACKED[0], CRACKED[2])).toBeCloseTo(0.9);
  expect(section.cracks.filter((fraction) => fraction !== 0)).toHaveLength(1);
});

const drawing = (analysed: Analysed): Drawing => ({
  cells: [{ number: 0, name: 'cell', analysed, look: CELLS[0]! }],
  several: false,
  dotsPerInch: 300,
  width: 500,
  threads: 1,
  signal: new AbortController().signal,
  stills: null,
  notice: () => undefined,
});
const label = { letter: '', panel: '', id: 'p0', headWidth: 500, lift: 0 };

async function drawn(panel: SlicesPanel, analysed: Analysed): Promise<Drawn> {
  const prepared = (await slicesPanel(panel, drawing(analysed)))!;
  const height = prepared.height(500, 1000);
  return await prepared.draw({ left: 0, top: 0, width: 500, height }, () => [], label);
}

test('a series of cuts has a picture of every scan and outlines the crack', async () => {
  const { body, rows } = await drawn({ kind: 'slices', plane: 'through' }, await cell('z', 'low'));
  expect(body!.match(/<image/g)).toHaveLength(5);
  expect(body!.match(/<clipPath/g)).toHaveLength(4);
  expect(body).toContain('6.00 h');
  expect(rows).toHaveLength(4);
});

test('a scan that could not be registered has an empty picture', async () => {
  const analysed = await cell('z', 'low');
  const stored: Analysed['stored'] = (ref) => (ref.step === 'register' && ref.scan === 2 ? null : analysed.stored(ref));
  const { body } = await drawn({ kind: 'slices', plane: 'through' }, { ...analysed, stored });
  expect(body!.match(/not registered/g)).toHaveLength(1);
});

test('grey values stand without a colour scale, and marks only where they are asked for', async () => {
  const panel: SlicesPanel = { kind: 'slices', plane: 'through', show: ['grey'], outlines: false, scans: ['end'] };
  const analysed = await cell('z', 'low');
  const voxel: [number, number, number] = [4, CRACKED[1], 7];
  const marks = [{ kind: 'box' as const, at: { voxel }, radiusUm: 4, colour: '#00ff00', scans: ['end' as const] }];
  expect((await drawn(panel, analysed)).body!.match(/<image/g)).toHaveLength(1);
  expect((await drawn({ ...panel, marks }, analysed)).body).toContain('#00ff00');
  expect((await drawn({ ...panel, marks: [{ ...marks[0]!, scans: ['start'] }] }, analysed)).body).not.toContain(
    '#00ff00',
  );
});

test('where the layers are not known there is no cut', async () => {
  const analysed = await cell('z', 'low');
  expect(
    await slicesPanel({ kind: 'slices', plane: 'through' }, drawing({ ...analysed, stored: () => null })),
  ).toBeNull();
});
