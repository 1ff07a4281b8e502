import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Results } from '../../../core/results.ts';
import { writeTiff } from '../../../formats/tiff_writer.ts';
import { fourScans } from '../fixtures/results.ts';
import { pngChunks, pngTexts } from '../png.ts';
import { withUncertainty } from './analysed.ts';
import { DOTS_PER_INCH, writeFigures } from './index.ts';
import { PAGE_HEIGHT, PAGE_WIDTH } from './style.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figures-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cycling = {
  timeH: Array.from({ length: 700 }, (_, i) => i / 100),
  voltageV: Array.from({ length: 700 }, (_, i) => (i < 20 ? 1.7 : -0.02)),
  currentMa: Array.from({ length: 700 }, (_, i) => (i < 20 ? 0 : -0.1)),
};

function analysed(results: Results) {
  const series = { voxelSizeUm: results.voxelSizeUm, scans: [], cycling, workingAreaMm2: 7.07, counterAreaMm2: null };
  const keys = [{ step: 'thickness', scan: 1, key: 'abc' }];
  return { name: 'cell', results, series, stored: () => null, keys, directory: folder };
}

/** A disc of the scan's mean thickness, thicker at its edge. */
async function writeMaps(results: Results): Promise<void> {
  const n = 40;
  for (const { thickness } of results.scans) {
    const um = Float32Array.from({ length: n * n }, (_, i) => {
      const r = Math.hypot(Math.floor(i / n) - 20, (i % n) - 20);
      return r > 18 ? Number.NaN : thickness!.working!.meanUm! * (0.7 + r / 30);
    });
    const path = join(folder, thickness!.working!.map!);
    await writeTiff(path, { shape: [1, n, n], type: 'float32', voxelSizeUm: [2, 2, 2], voxels: um });
  }
}

describe('figures of a project', () => {
  test('are written as SVG, PDF and PNG, each with what made it', async () => {
    const results = fourScans((scan) => `map_${scan}.tif`);
    await writeMaps(results);
    const paths = await writeFigures(analysed(results), join(folder, 'out'));
    const names = ['thickness_maps', 'thickness_curve', 'crack_curve'];
    const expected = names.flatMap((name) => ['svg', 'pdf', 'png'].map((ending) => `${name}.${ending}`));
    expect(paths).toEqual(expected.map((name) => join(folder, 'out', name)));
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(expected.toSorted());
    for (const name of names) {
      const read = (ending: string) => readFile(join(folder, 'out', `${name}.${ending}`));
      const png = await read('png');
      const header = pngChunks(png)[0]!.body;
      expect(header.readUInt32BE(0)).toBe(Math.round((PAGE_WIDTH / 72) * DOTS_PER_INCH));
      const made = JSON.parse(pngTexts(png)['tomolapse']!);
      expect(made).toMatchObject({ record: 1, kind: 'figure', name, software: results.software });
      const [project] = made.projects;
      expect(project).toMatchObject({ name: 'cell', recipe: results.recipe, results: { thickness: ['abc'] } });
      expect(project.inputs[3]).toEqual({ file: 'scan_3.tif', fingerprint: 'f-scan_3' });
      const svg = (await read('svg')).toString();
      const metadata = /<metadata><tomolapse[^>]*>([^<]*)</.exec(svg)![1]!.replaceAll('&quot;', '"');
      expect(JSON.parse(metadata)).toEqual(made);
      expect(svg).not.toContain('somebody');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expectPdf(await read('pdf'));
    }
  });

  test('are the same bytes when drawn again', async () => {
    const results = fourScans(() => null);
    const both: Buffer[][] = [];
    for (const again of ['a', 'b']) {
      const paths = await writeFigures(analysed(results), join(folder, again));
      both.push(await Promise.all(paths.map((path) => readFile(path))));
    }
    expect(both[0]!.length).toBe(6);
    expect(both[0]!.every((bytes, i) => bytes.equals(both[1]![i]!))).toBe(true);
  });

  test('are left out where there is nothing to draw', async () => {
    const { scans, ...rest } = fourScans(() => null);
    const bare = scans.map((scan) => ({ ...scan, thickness: null, timeH: null, chargeMahCm2: null }));
    expect(await writeFigures(analysed({ ...rest, scans: bare, cracks: [] }), folder)).toEqual([]);
  });

  test('go without times, charge and scans that could not be measured', async () => {
    const { scans, ...rest } = fourScans((scan) => `map_${scan}.tif`);
    await writeMaps({ ...rest, scans });
    const some = scans.map((scan) => ({
      ...scan,
      timeH: scan.index === 1 ? null : scan.timeH,
      chargeMahCm2: null,
      thickness: scan.index === 2 ? null : { ...scan.thickness!, electrochemicalUm: null },
    }));
    const paths = await writeFigures(analysed({ ...rest, scans: some }), folder);
    const svgs = await Promise.all(paths.filter((path) => path.endsWith('svg')).map((path) => readFile(path, 'utf8')));
    expect(svgs).toHaveLength(3);
    for (const svg of svgs) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svgs[0]).toContain('not measured');
  });

  test('of sixty scans fit a page', async () => {
    const { scans, ...rest } = fourScans(() => 'map_1.tif');
    await writeMaps(fourScans((scan) => `map_${scan}.tif`));
    const many = Array.from({ length: 60 }, (_, index) => ({
      ...scans[1]!,
      index,
      name: `scan_${index}`,
      timeH: index,
    }));
    await writeFigures(analysed({ ...rest, scans: many, cracks: [] }), folder);
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(
      await readFile(join(folder, 'thickness_maps.svg'), 'utf8'),
    )!;
    expect(Number(width)).toBeCloseTo(PAGE_WIDTH, 1);
    expect(Number(height)).toBeLessThanOrEqual(PAGE_HEIGHT);
  });

  test('a damaged map is named', async () => {
    await writeFile(join(folder, 'map.tif'), 'no picture');
    await expect(writeFigures(analysed(fourScans(() => 'map.tif')), folder)).rejects.toMatchObject({ code: 'input' });
  });
});

/** Objects lie where the table says. */
function expectPdf(pdf: Buffer): void {
  const text = pdf.toString('latin1');
  expect(text.startsWith('%PDF-1.5')).toBe(true);
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)![1]);
  const places = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
  expect(places.length).toBeGreaterThanOrEqual(5);
  for (const [i, place] of places.entries()) expect(text.slice(place)).toMatch(new RegExp(`^${i + 1} 0 obj\n`));
}

test.each([
  [8.3612, 0.0613, '8.361 ± 0.061'],
  [8.3612, 0.61, '8.36 ± 0.61'],
  [-0.0004, 0.35, '0.00 ± 0.35'],
  [-3.2, 12, '−3 ± 12'],
  [5, null, '5.00'],
])('%d with the uncertainty %d is written %s', (value, uncertainty, written) => {
  expect(withUncertainty(value, uncertainty)).toBe(written);
});
