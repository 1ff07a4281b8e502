import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTiff } from '../formats/tiff_writer.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let folder: string;
const at = (...path: string[]) => join(folder, ...path);

function tomolapse(...args: string[]) {
  // Nothing that the person at this machine opened before.
  const env = { ...process.env, XDG_CONFIG_HOME: at('config') };
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8', env });
}

/** A project over two small scans, not yet analysed, with a cycling log. */
async function project(name: string, grey: number): Promise<void> {
  for (const k of [0, 1])
    await writeTiff(at(name, `scan_${k}.tif`), {
      shape: [4, 5, 6],
      type: 'uint8',
      voxelSizeUm: [2, 2, 2],
      voxels: Uint8Array.from({ length: 120 }, (_, i) => (grey + i * (k + 1)) % 251),
    });
  writeFileSync(at(name, 'times.csv'), 'file,time_h\nscan_0,0\nscan_1,2\n');
  writeFileSync(at(name, 'log.csv'), `time_h,voltage_V,current_mA\n0,-0.0${grey},-0.1\n1,-0.02,-0.1\n3,0.1,0.1\n`);
  const scans = ['--scans', `${name}/scan_0.tif`, `${name}/scan_1.tif`, '--times', `${name}/times.csv`];
  const made = tomolapse(
    'create',
    `${name}/${name}.tomolapse`,
    ...scans,
    '--cycling',
    `${name}/log.csv`,
    '--working-area',
    '1mm2',
  );
  expect(made.stderr).not.toContain('error:');
  expect(made.status).toBe(0);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reproduce-'));
  for (const name of ['copper', 'silver', 'deep/er']) mkdirSync(at(name), { recursive: true });
  await project('copper', 1);
  await project('silver', 5);
  const exported = tomolapse(
    ...['export', 'copper/copper.tomolapse', '--out', 'copper/out', '--tables'],
    ...['--figure', 'operation', '--format', 'svg,pdf,png', '--journal', 'nature', '--width', 'single'],
  );
  expect(exported.status).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  'scans.csv',
  'figures/operation.svg',
  'figures/operation.pdf',
  'figures/operation.png',
  'figures/operation.csv',
])('%s comes out the same, from the project above it', (file) => {
  const { status, stdout } = tomolapse('reproduce', `copper/out/${file}`);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/again\.\w+\nThe same, byte for byte\.\n$/)]);
  const again = at('copper', 'out', file.replace(/\.(\w+)$/, '.again.$1'));
  expect(readFileSync(again)).toEqual(readFileSync(at('copper', 'out', file)));
});

test('a figure that lies elsewhere needs its project named', () => {
  copyFileSync(at('copper', 'out', 'figures', 'operation.pdf'), at('deep', 'er', 'figure.pdf'));
  const lost = tomolapse('reproduce', 'deep/er/figure.pdf');
  expect([lost.status, lost.stderr]).toEqual([
    3,
    expect.stringMatching(/its project copper is not found .* Name it with --project\.\n$/),
  ]);
  const named = tomolapse(
    'reproduce',
    'deep/er/figure.pdf',
    '--project',
    'copper/copper.tomolapse',
    '--out',
    'made.pdf',
  );
  expect(named.status).toBe(0);
  expect(readFileSync(at('made.pdf'))).toEqual(readFileSync(at('deep', 'er', 'figure.pdf')));
});

test('a project that was moved is known by its scans', () => {
  renameSync(at('copper', 'copper.tomolapse'), at('copper', 'renamed.tomolapse'));
  try {
    const { status, stdout } = tomolapse('reproduce', 'copper/out/figures/operation.png', '--json');
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ same: true, differences: [] })]);
  } finally {
    renameSync(at('copper', 'renamed.tomolapse'), at('copper', 'copper.tomolapse'));
  }
});

test('the same is made of another cell', () => {
  const { status, stdout } = tomolapse(
    'reproduce',
    'copper/out/figures/operation.svg',
    '--on',
    'silver/silver.tomolapse',
  );
  const made = at('copper', 'out', 'figures', 'operation.silver.svg');
  expect([status, stdout]).toEqual([0, `${made}\n`]);
  expect(JSON.parse(readFileSync(`${made}.json`, 'utf8')).projects[0].name).toBe('silver');
});

test('what another project makes is told apart', () => {
  const other = tomolapse(
    'reproduce',
    'copper/out/figures/operation.csv',
    '--project',
    'silver/silver.tomolapse',
    '--out',
    'other.csv',
  );
  expect(other.status).toBe(3);
  expect(other.stderr).toMatch(
    /^error: The file came out otherwise \(.*operation\.csv\): \d+ differences\. See the table\.$/m,
  );
  expect(other.stdout).toMatch(/^scan 0 +scan_0\.tif/m);
  expect(other.stdout).toMatch(/^voltageV, 1 row, at most 0\.04 apart/m);
});

test('a file that nothing tells of is refused', () => {
  writeFileSync(at('mine.png'), 'no picture');
  const { status, stderr } = tomolapse('reproduce', 'mine.png');
  expect([status, stderr]).toEqual([3, expect.stringMatching(/^error: Cannot make the file again \(.*mine\.png\)/)]);
  expect(existsSync(at('mine.again.png'))).toBe(false);
  const both = tomolapse('reproduce', 'copper/out/scans.csv', '--on', 'silver', '--project', 'copper');
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('--on and --project are both given')]);
});
