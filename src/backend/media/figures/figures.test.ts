import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { colourTable, tableStep } from '../../../core/colour_maps.ts';
import { ANY_JOURNAL } from '../../../core/figure/journals.ts';
import type { Results } from '../../../core/results.ts';
import { writeTiff } from '../../../formats/tiff_writer.ts';
import { fourScans } from '../fixtures/results.ts';
import { decodePng, pngChunks, pngTexts } from '../png.ts';
import { withUncertainty } from './analysed.ts';
import { everyFigure, type FigureOptions, writeFigures } from './index.ts';

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
  return { name: 'cell', asked: {}, results, series, stored: () => null, keys, directory: folder };
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

const NAMES = ['thickness_maps', 'thickness_curve', 'crack_curve', 'operation', 'thickness_evolution', 'first_cycle'];

async function some(...names: string[]): Promise<FigureOptions> {
  return { figures: (await everyFigure()).filter(({ name }) => names.includes(name)) };
}

describe('figures of a project', () => {
  test('are written as SVG, PDF and PNG, each with what made it, and with their numbers', async () => {
    const results = fourScans((scan) => `map_${scan}.tif`);
    await writeMaps(results);
    const paths = await writeFigures([analysed(results)], join(folder, 'out'));
    const expected = NAMES.flatMap((name) =>
      ['svg', 'pdf', 'png', 'csv', 'json'].map((ending) => join(folder, 'out', `${name}.${ending}`)),
    );
    expect(paths).toEqual(expected);
    expect((await readdir(join(folder, 'out'))).length).toBe(expected.length);
    for (const name of NAMES) {
      const read = (ending: string) => readFile(join(folder, 'out', `${name}.${ending}`));
      const made = JSON.parse(pngTexts(await read('png'))['tomolapse']!);
      expect(made).toMatchObject({ record: 1, kind: 'figure', name, software: results.software });
      expect(made.source.rows.length).toBeGreaterThan(0);
      const [project] = made.projects;
      expect(project).toMatchObject({ name: 'cell', recipe: results.recipe, results: { thickness: ['abc'] } });
      expect(project.inputs[3]).toEqual({ file: 'scan_3.tif', fingerprint: 'f-scan_3' });
      const svg = (await read('svg')).toString();
      const metadata = /<metadata><tomolapse[^>]*>([^<]*)</.exec(svg)![1]!.replaceAll('&quot;', '"');
      expect(JSON.parse(metadata)).toEqual(made);
      expect(svg).not.toContain('somebody');
      expect(svg.replaceAll(/base64,[^)"]*/g, '')).not.toMatch(/NaN|undefined|Infinity/);
      const beside = JSON.parse((await read('json')).toString());
      expect(beside).toMatchObject(made);
      expect(beside.files[2]).toEqual({
        name: `${name}.png`,
        bytes: (await read('png')).length,
        sha256: createHash('sha256')
          .update(await read('png'))
          .digest('hex'),
      });
    }
  });

  test('are the same bytes when drawn again', async () => {
    const results = fourScans(() => null);
    const options: FigureOptions = { ...(await some('crack_curve')), forms: ['svg', 'pdf', 'png', 'tiff'] };
    const both: Buffer[][] = [];
    for (const again of ['a', 'b']) {
      const paths = await writeFigures([analysed(results)], join(folder, again), options);
      both.push(await Promise.all(paths.map((path) => readFile(path))));
    }
    expect(both[0]!.length).toBe(6);
    expect(both[0]!.every((bytes, i) => bytes.equals(both[1]![i]!))).toBe(true);
  });

  test('are left out where there is nothing to draw', async () => {
    const { scans, ...rest } = fourScans(() => null);
    const bare = scans.map((scan) => ({ ...scan, thickness: null, timeH: null, chargeMahCm2: null }));
    expect(await writeFigures([analysed({ ...rest, scans: bare, cracks: [] })], folder)).toEqual([]);
  });

  test('go without times, charge and scans that could not be measured', async () => {
    const { scans, ...rest } = fourScans((scan) => `map_${scan}.tif`);
    await writeMaps({ ...rest, scans });
    const bare = scans.map((scan) => ({
      ...scan,
      timeH: scan.index === 1 ? null : scan.timeH,
      chargeMahCm2: null,
      thickness: scan.index === 2 ? null : { ...scan.thickness!, electrochemicalUm: null },
    }));
    const options: FigureOptions = { forms: ['svg'] };
    const paths = await writeFigures([analysed({ ...rest, scans: bare })], folder, options);
    const svgs = await Promise.all(paths.filter((path) => path.endsWith('svg')).map((path) => readFile(path, 'utf8')));
    expect(svgs.length).toBeGreaterThanOrEqual(4);
    for (const svg of svgs) expect(svg.replaceAll(/base64,[^)"]*/g, '')).not.toMatch(/NaN|undefined|Infinity/);
    expect(svgs[0]).toContain('not measured');
    // The differences that would have the words along the axis are not there.
    expect(await readFile(join(folder, 'thickness_curve.svg'), 'utf8')).toContain('>scan</text>');
  });

  test('that are about cracks are not drawn of a cell without any', async () => {
    const options: FigureOptions = { ...(await some('crack_curve', 'operation')), forms: ['svg'] };
    const notices: string[] = [];
    const paths = await writeFigures([analysed({ ...fourScans(() => null), cracks: [] })], folder, {
      ...options,
      notice: (line) => notices.push(line),
    });
    expect(paths.some((path) => path.includes('crack_curve'))).toBe(false);
    expect(paths.some((path) => path.includes('operation'))).toBe(true);
    expect(notices).toEqual(['crack_curve is left out: there is nothing to show']);
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
    const options: FigureOptions = { ...(await some('thickness_maps')), forms: ['svg'] };
    await writeFigures([analysed({ ...rest, scans: many, cracks: [] })], folder, options);
    const svg = await readFile(join(folder, 'thickness_maps.svg'), 'utf8');
    const [, width, height] = /width="([\d.]+)mm" height="([\d.]+)mm"/.exec(svg)!;
    expect(Number(width)).toBe(180);
    expect(Number(height)).toBeLessThanOrEqual(ANY_JOURNAL.tallest + 0.01);
  });

  test('have the width, letters and pixels that a journal asks for', async () => {
    const options: FigureOptions = {
      ...(await some('thickness_curve')),
      forms: ['svg', 'png'],
      journal: 'elsevier',
      width: 'single',
    };
    await writeFigures([analysed(fourScans(() => null))], folder, options);
    const svg = await readFile(join(folder, 'thickness_curve.svg'), 'utf8');
    expect(svg).toContain('width="90mm"');
    expect(svg).toContain('>(a)</text>');
    const header = pngChunks(await readFile(join(folder, 'thickness_curve.png')))[0]!.body;
    expect(header.readUInt32BE(0)).toBe(Math.round((90 / 25.4) * 500));
  });

  test('of two cells show both on one scale, and name a third one as missing', async () => {
    const [one, other] = [fourScans(() => null), fourScans(() => null)];
    for (const scan of other.scans) scan.thickness!.working!.meanUm! *= 2;
    const cells = [analysed(one), { ...analysed(other), name: 'silver' }];
    const options: FigureOptions = { ...(await some('thickness_evolution')), forms: ['svg'] };
    await writeFigures(cells, folder, options);
    expect(await readFile(join(folder, 'thickness_evolution.svg'), 'utf8')).toContain('>silver</text>');
    const rows = (await readFile(join(folder, 'thickness_evolution.csv'), 'utf8')).split('\r\n');
    expect(rows[0]!.startsWith('panel,cell,quantity,scan,timeH,chargeMahCm2,meanUm')).toBe(true);
    expect(rows.find((row) => row.startsWith(',silver,thickness,3,'))).toContain('9.6');
    const layout = { version: 1 as const, rows: [[{ kind: 'efficiency' as const, cells: [2] }]] };
    const figures = [{ name: 'mine', path: 'mine.json', layout }];
    await expect(writeFigures(cells, folder, { figures })).rejects.toThrow(/mine\.json, rows\[0\]\[0\]\.cells\[0\]/);
  });

  test('of maps larger than print shows keep their size, their colours and their hole', async () => {
    const results = fourScans((scan) => (scan === 1 ? 'large.tif' : null));
    const n = 1200;
    const um = Float32Array.from({ length: n * n }, (_, i) =>
      Math.floor(i / n) < 300 ? Number.NaN : i % n < 600 ? 2 : 4,
    );
    await writeTiff(join(folder, 'large.tif'), {
      shape: [1, n, n],
      type: 'float32',
      voxelSizeUm: [2, 2, 2],
      voxels: um,
    });
    const layout = {
      version: 1 as const,
      width: 40,
      rows: [
        [
          {
            kind: 'maps' as const,
            electrode: 'working' as const,
            scans: [{ scan: 1 }],
            limits: [0, 8] as [number, number],
          },
        ],
      ],
    };
    const figures = [{ name: 'large', path: 'large.json', layout }];
    await writeFigures([analysed(results)], folder, { figures, forms: ['svg'], dotsPerInch: 100 });
    const svg = await readFile(join(folder, 'large.svg'), 'utf8');
    const [, width, height, data] = /<image[^>]* width="([\d.]+)" height="([\d.]+)"[^>]*base64,([^"]+)"/.exec(svg)!;
    // 2400 µm across, 1800 µm along: the part that was not measured is left out.
    expect(Number(height) / Number(width)).toBeCloseTo(0.75, 1);
    const picture = decodePng(Buffer.from(data!, 'base64'));
    expect(picture.width).toBeLessThan(300);
    const table = colourTable('batlow');
    const colourAt = (x: number) => {
      const at = (Math.floor(picture.height / 2) * picture.width + Math.floor(x * picture.width)) * 3;
      return [...picture.pixels.subarray(at, at + 3)];
    };
    const colourOf = (value: number) => [...table.subarray(tableStep(value, [0, 8]) * 3).subarray(0, 3)];
    expect([colourAt(0.25), colourAt(0.75)]).toEqual([colourOf(2), colourOf(4)]);
  });

  test('are not written over their own layout', async () => {
    const [figure] = (await some('operation')).figures!;
    const path = join(folder, 'operation.json');
    const mine = { figures: [{ ...figure!, path }] };
    await expect(writeFigures([analysed(fourScans(() => null))], folder, mine)).rejects.toMatchObject({
      code: 'usage',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a damaged map is named', async () => {
    await writeFile(join(folder, 'map.tif'), 'no picture');
    await expect(writeFigures([analysed(fourScans(() => 'map.tif'))], folder)).rejects.toMatchObject({ code: 'input' });
  });
});

test.each([
  [8.3612, 0.0613, '8.361 ± 0.061'],
  [8.3612, 0.61, '8.36 ± 0.61'],
  [-0.0004, 0.35, '0.00 ± 0.35'],
  [-3.2, 12, '−3 ± 12'],
  [5, null, '5.00'],
])('%d with the uncertainty %d is written %s', (value, uncertainty, written) => {
  expect(withUncertainty(value, uncertainty)).toBe(written);
});
