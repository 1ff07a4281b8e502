import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeTiff } from '../../../formats/tiff_writer.ts';
import { analysedFrom } from '../fixtures/analysed.ts';
import { fourScans } from '../fixtures/results.ts';
import { decodePng, type Picture } from '../png.ts';
import { findBrowser, onPath } from '../programs.ts';
import { writeFigures } from './index.ts';

/** Figures as programs see them that had no part in writing them. */
const poppler = (await onPath(['pdffonts'])) !== null;
const browser = await findBrowser();
const python = spawnSync('/usr/bin/python3', ['-c', 'import tifffile, PIL']).status === 0;

const DPI = 150;
const WIDTH = 120;
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'printed-'));
  const results = fourScans((scan) => `map_${scan}.tif`);
  const n = 40;
  for (const { thickness } of results.scans) {
    const um = Float32Array.from({ length: n * n }, (_, i) => thickness!.working!.meanUm! * (0.5 + (i % n) / n));
    await writeTiff(at(thickness!.working!.map!), {
      shape: [1, n, n],
      type: 'float32',
      voxelSizeUm: [2, 2, 2],
      voxels: um,
    });
  }
  const layout = {
    version: 1 as const,
    title: 'Thickness',
    width: WIDTH,
    rows: [
      [{ kind: 'maps' as const, electrode: 'working' as const }],
      [
        { kind: 'curve' as const, of: 'thickness' as const },
        { kind: 'curve' as const, of: 'crackVolume' as const },
      ],
    ],
  };
  await writeFigures([analysedFrom(results, { directory: folder })], folder, {
    figures: [{ name: 'figure', path: 'figure.json', layout }],
    forms: ['svg', 'pdf', 'png', 'tiff'],
    dotsPerInch: DPI,
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function png(name = 'figure.png'): Picture {
  return decodePng(readFileSync(at(name)));
}

/** The mean difference of two pictures, of 255; the first pixels of both where one is larger by a row or a column. */
function apart(a: Picture, b: Picture): number {
  expect(Math.abs(a.width - b.width)).toBeLessThanOrEqual(1);
  expect(Math.abs(a.height - b.height)).toBeLessThanOrEqual(1);
  const [width, height] = [Math.min(a.width, b.width), Math.min(a.height, b.height)];
  let sum = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        sum += Math.abs(a.pixels[(y * a.width + x) * 3 + c]! - b.pixels[(y * b.width + x) * 3 + c]!);
  return sum / (width * height * 3);
}

test('a picture is as wide as it was asked to be', () => {
  expect(png().width).toBe(Math.round((WIDTH / 25.4) * DPI));
});

describe.skipIf(!poppler)('a PDF, to Poppler', () => {
  test('has its fonts in it, and its words as words', () => {
    const fonts = execFileSync('pdffonts', [at('figure.pdf')], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .slice(2);
    expect(fonts.length).toBe(2);
    for (const font of fonts)
      expect(font).toMatch(/^[A-Z]{6}\+Arimo-(Regular|Bold) +CID TrueType +Identity-H +yes yes yes/);
    const words = execFileSync('pdftotext', ['-layout', at('figure.pdf'), '-'], { encoding: 'utf8' });
    for (const expected of ['lithium thickness (µm)', 'charge as dense lithium', '7.100 ± 0.061 µm', 'mAh cm⁻²'])
      expect(words).toContain(expected);
    expect(words).toMatch(/^a\s/m);
  });

  test('is one page of the size asked for, without a date', () => {
    const told = execFileSync('pdfinfo', [at('figure.pdf')], { encoding: 'utf8' });
    expect(told).toMatch(/Pages: +1\n/);
    expect(Number(/Page size: +([\d.]+) x/.exec(told)![1])).toBeCloseTo((WIDTH / 25.4) * 72, 1);
    expect(told).not.toMatch(/Date/);
  });

  test('looks as the PNG does', () => {
    execFileSync('pdftoppm', ['-r', String(DPI), '-png', '-singlefile', at('figure.pdf'), at('poppler')]);
    expect(apart(png(), png('poppler.png'))).toBeLessThan(2.5);
  });
});

describe.skipIf(!python)('pixels, to PIL and tifffile', () => {
  const told = (script: string) =>
    JSON.parse(execFileSync('/usr/bin/python3', ['-c', script], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 }));

  test('a TIFF is RGB, compressed, of its resolution, with what made it', () => {
    const found = told(`
import json, tifffile
with tifffile.TiffFile('figure.tiff') as f:
    page = f.pages[0]
    print(json.dumps({'shape': page.shape, 'type': str(page.dtype), 'compression': page.compression.name,
      'photometric': page.photometric.name, 'x': list(page.tags['XResolution'].value), 'unit': int(page.tags['ResolutionUnit'].value),
      'made': json.loads(page.description), 'software': page.tags['Software'].value}))
`);
    const { width, height } = png();
    expect(found).toMatchObject({
      shape: [height, width, 3],
      type: 'uint8',
      compression: 'ADOBE_DEFLATE',
      photometric: 'RGB',
      x: [DPI * 1000, 1000],
      unit: 2,
      software: 'Tomolapse',
    });
    expect(found.made).toMatchObject({ record: 1, kind: 'figure', name: 'figure', source: { width: WIDTH } });
  });

  test('PNG and TIFF hold the same pixels, and this program reads what PIL writes', () => {
    const [same, dpi] = told(`
import json
from PIL import Image, ImageChops
png, tiff = Image.open('figure.png'), Image.open('figure.tiff')
print(json.dumps([ImageChops.difference(png.convert('RGB'), tiff.convert('RGB')).getbbox() is None, round(png.info['dpi'][0])]))
png.convert('RGB').save('pil.png', optimize=True)
`);
    expect([same, dpi]).toEqual([true, DPI]);
    expect(png('pil.png')).toEqual(png());
  });
});

describe.skipIf(!browser)('an SVG, to Chromium', () => {
  test('looks as the PNG does, in its own font', { timeout: 60_000 }, () => {
    const { width, height } = png();
    const svg = readFileSync(at('figure.svg'), 'utf8');
    expect(svg).toContain(`width="${WIDTH}mm"`);
    expect(svg).toMatch(/@font-face\{font-family:Arimo;font-weight:400;src:url\(data:font\/woff2;base64,/);
    // The font of the machine, if it has one of that name, is not the one that is wanted.
    const page = `<body style="margin:0"><img src="figure.svg" style="width:${width}px;height:${height}px;display:block">`;
    writeFileSync(at('page.html'), page);
    execFileSync(
      browser!,
      [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=1'],
        ...[
          `--user-data-dir=${at('profile')}`,
          `--window-size=${width},${height}`,
          `--screenshot=${at('chromium.png')}`,
        ],
        `file://${at('page.html')}`,
      ],
      { stdio: 'ignore' },
    );
    execFileSync(
      '/usr/bin/python3',
      ['-c', "from PIL import Image; Image.open('chromium.png').convert('RGB').save('rgb.png')"],
      { cwd: folder },
    );
    expect(apart(png(), png('rgb.png'))).toBeLessThan(2.5);
  });
});
