import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FigureLayout, FigurePanel } from '../../../core/figure/layout.ts';
import { writeTiff } from '../../../formats/tiff_writer.ts';
import type { Analysed } from '../analysed.ts';
import { analysedFrom } from '../fixtures/analysed.ts';
import { fourScans } from '../fixtures/results.ts';
import { compose, points } from './compose.ts';
import type { StillAsk } from './drawing.ts';

let folder: string;
let cells: Analysed[];
const signal = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
  cells = [];
  for (const [name, most] of [
    ['copper', 9],
    ['silver', 18],
  ] as const) {
    const um = Float32Array.from({ length: 400 }, (_, i) => (most * i) / 399);
    await writeTiff(join(folder, `${name}.tif`), {
      shape: [1, 20, 20],
      type: 'float32',
      voxelSizeUm: [2, 2, 2],
      voxels: um,
    });
    cells.push(
      analysedFrom(
        fourScans((scan) => (scan === 1 ? `${name}.tif` : null)),
        { name, directory: folder },
      ),
    );
  }
});
afterAll(() => rm(folder, { recursive: true }));

const maps = (cell: number, more: Partial<FigurePanel> = {}) =>
  ({ kind: 'maps', electrode: 'working', scans: [{ scan: 1 }], cells: [cell], ...more }) as FigurePanel;
const drawn = async (layout: Omit<FigureLayout, 'version'>) =>
  (await compose({ version: 1, ...layout }, cells, { signal }))!;

test('panels that show the same share a scale, unless one has its own', async () => {
  const ends = async (...panels: FigurePanel[]) =>
    (await drawn({ rows: [panels] })).rows.map((row) => row['colourToUm']);
  expect(await ends(maps(0), maps(1))).toEqual([20, 20]);
  expect(await ends(maps(0, { ownScale: true }), maps(1))).toEqual([10, 20]);
});

test('panels are lettered in order, as the layout or its journal wants it', async () => {
  const curve: FigurePanel = { kind: 'curve', of: 'thickness' };
  const letters = async (layout: Omit<FigureLayout, 'version' | 'rows'>, panels: FigurePanel[]) =>
    [
      ...(await drawn({ ...layout, rows: [panels] })).page.body.matchAll(/font-weight="700"[^>]*>(\(?[a-zA-Z]\)?)</g),
    ].map(([, letter]) => letter);
  expect(await letters({}, [maps(0), curve, maps(1)])).toEqual(['a', 'b', 'c']);
  expect(await letters({ journal: 'rsc' }, [maps(0), { ...curve, unlettered: true }, maps(1)])).toEqual(['(a)', '(b)']);
  expect(await letters({ journal: 'rsc', letters: 'A' }, [maps(0), curve])).toEqual(['A', 'B']);
  expect(await letters({}, [curve])).toEqual([]);
});

test('the page is as wide as the journal has its columns, and no taller than it may be', async () => {
  const tall = Array.from({ length: 4 }, (): FigurePanel[] => [maps(0)]);
  const { page } = await drawn({ journal: 'nature', width: 'double', rows: tall });
  expect(page.width).toBeCloseTo(points(183), 6);
  expect(page.height).toBeGreaterThan(points(100));
  expect(page.height).toBeLessThanOrEqual(points(170) + 1e-6);
});

test('what cannot be drawn is left out, and said', async () => {
  const said: string[] = [];
  const layout: FigureLayout = { version: 1, rows: [[{ kind: 'volumes' }, maps(0)], [{ kind: 'efficiency' }]] };
  const composed = await compose(layout, cells, { signal, notice: (line) => said.push(line) });
  expect(composed!.rows).toHaveLength(1);
  expect(said).toEqual([
    expect.stringContaining('3D is left out: drawing it needs a browser'),
    expect.stringContaining('Coulombic efficiency is left out'),
  ]);
  expect(await compose({ version: 1, rows: [[{ kind: 'efficiency' }]] }, cells, { signal })).toBeNull();
});

test('pictures in 3D are asked for at once, of the size that print shows', async () => {
  const asked: StillAsk[] = [];
  const layout: FigureLayout = {
    version: 1,
    width: 100,
    rows: [[{ kind: 'volumes', scans: ['start', 'end'], columns: 2, cells: [1] }]],
  };
  const stills = async (some: readonly StillAsk[]) => {
    asked.push(...some);
    return some.map(({ size: [width, height] }) => ({
      width,
      height,
      channels: 3 as const,
      pixels: new Uint8Array(width * height * 3).fill(120),
    }));
  };
  const composed = (await compose(layout, cells, { signal, stills, dotsPerInch: 300 }))!;
  expect(asked.map(({ project, scan }) => [project, scan])).toEqual([
    [1, 0],
    [1, 3],
  ]);
  const tile = Number(/<image[^>]* width="([\d.]+)"/.exec(composed.page.body)![1]);
  expect(asked[0]!.size[0] / (tile / 72)).toBeGreaterThan(298);
});
