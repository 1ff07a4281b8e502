import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject } from '../../store/create_project.ts';
import { Project } from '../../store/project.ts';
import { relinkNearby, relinkScans } from './relink.ts';

let folder: string;
let project: Project;

const bytes = (scan: number) => Buffer.alloc(8 * 8 * 8, scan + 1);
const nameOf = (scan: number) => join(folder, 'scans', `s${scan}`, 'recon.raw');

/** Three scans whose files have the same name and size, in folders of their own. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-relink-'));
  for (const scan of [0, 1, 2]) {
    mkdirSync(join(folder, 'scans', `s${scan}`), { recursive: true });
    writeFileSync(nameOf(scan), bytes(scan));
  }
  const path = join(folder, 'cell.tomolapse');
  await createProject(path, async () => ({
    scans: [0, 1, 2].map((scan) => ({
      name: `s${scan}`,
      path: nameOf(scan),
      originals: null,
      hints: {},
      source: {
        segments: [{ path: nameOf(scan), offset: 0, rows: 64 }],
        shape: [8, 8, 8],
        type: 'uint8',
        bigEndian: false,
      },
      startH: null,
      timeH: scan,
      endH: null,
    })),
    voxelSizeUm: [1, 1, 1],
    cycling: null,
    cyclingPath: null,
    workingAreaMm2: null,
    counterAreaMm2: null,
    software: '0',
  }));
  project = new Project(path, { command: 'test', writes: true });
});
afterEach(() => {
  project.close();
  rmSync(folder, { recursive: true, force: true });
});

test('nothing is missing where nothing moved', async () => {
  expect(project.missingFiles()).toEqual([]);
  expect(await relinkScans(project, folder)).toEqual({ found: [], missing: [], others: [] });
});

test('scans of one file name are found again by their folders', async () => {
  const before = project.series().scans;
  renameSync(join(folder, 'scans'), join(folder, 'archive'));
  expect(project.missingFiles()).toHaveLength(3);
  const outcome = await relinkScans(project, folder);
  expect(outcome).toEqual({ found: ['s0', 's1', 's2'], missing: [], others: [] });
  const after = project.series().scans;
  expect(after.map(({ path }) => path)).toEqual(
    [0, 1, 2].map((scan) => join(folder, 'archive', `s${scan}`, 'recon.raw')),
  );
  expect(after.map(({ source }) => source.segments[0]!.path)).toEqual(after.map(({ path }) => path));
  expect(after.map(({ fingerprint }) => fingerprint)).toEqual(before.map(({ fingerprint }) => fingerprint));
  expect(project.missingFiles()).toEqual([]);
  const kept = await project.refreshScans(async () => {
    throw new Error('nothing changed');
  });
  expect(kept).toEqual([]);
  expect((await project.verify()).damage).toEqual([]);
});

test('a file with other voxels is not taken, one that is gone stays missing', async () => {
  renameSync(join(folder, 'scans'), join(folder, 'archive'));
  writeFileSync(join(folder, 'archive', 's1', 'recon.raw'), Buffer.alloc(512, 77));
  rmSync(join(folder, 'archive', 's2'), { recursive: true });
  const outcome = await relinkScans(project, join(folder, 'archive'));
  expect(outcome.found).toEqual(['s0']);
  expect([...outcome.missing, ...outcome.others].sort()).toEqual(['s1', 's2']);
  expect(outcome.others).toContain('s1');
  expect(project.series().scans[1]!.path).toBe(nameOf(1));
});

test('renamed scans are found in their folder by their voxels, each its own', async () => {
  for (const [scan, name] of [
    [0, 'c.raw'],
    [1, 'a.RAW'],
    [2, 'b.raw'],
  ] as const)
    renameSync(nameOf(scan), join(folder, 'scans', `s${scan}`, name));
  // Of the same size, and no scan.
  writeFileSync(join(folder, 'scans', 's0', 'a.raw'), Buffer.alloc(512, 99));
  expect(await relinkNearby(project)).toEqual(['s0', 's1', 's2']);
  expect(project.series().scans.map(({ path }) => path.slice(-8))).toEqual(['s0/c.raw', 's1/a.RAW', 's2/b.raw']);
  expect(project.missingFiles()).toEqual([]);
  expect((await project.verify()).damage).toEqual([]);
});

test('scans that lie in one folder and were all renamed are told from each other', async () => {
  mkdirSync(join(folder, 'all'));
  for (const scan of [0, 1, 2]) renameSync(nameOf(scan), join(folder, 'all', `${'zxy'[scan]}.raw`));
  expect((await relinkScans(project, join(folder, 'all'))).found).toEqual(['s0', 's1', 's2']);
  expect(project.series().scans.map(({ path }) => path.slice(-5))).toEqual(['z.raw', 'x.raw', 'y.raw']);
});

test('data that moved beside the project, or whose folder was renamed, is found without being asked for', async () => {
  renameSync(join(folder, 'scans', 's1'), join(folder, 'scans', 'renamed'));
  renameSync(nameOf(2), join(folder, 'moved.raw'));
  expect((await relinkNearby(project)).sort()).toEqual(['s1', 's2']);
  expect(project.series().scans.map(({ path }) => path.slice(folder.length + 1))).toEqual([
    'scans/s0/recon.raw',
    'scans/renamed/recon.raw',
    'moved.raw',
  ]);
});

test('a folder of slices is found under other names', async () => {
  project.close();
  const path = join(folder, 'slices.tomolapse');
  const slice = (z: number) => join(folder, 'recon', `slice_${z}.raw`);
  mkdirSync(join(folder, 'recon'));
  for (let z = 8; z < 12; z++) writeFileSync(slice(z), Buffer.alloc(64, z));
  await createProject(path, async () => ({
    scans: [
      {
        name: 'recon',
        path: join(folder, 'recon'),
        originals: null,
        hints: {},
        source: {
          segments: [8, 9, 10, 11].map((z) => ({ path: slice(z), offset: 0, rows: 8 })),
          shape: [4, 8, 8],
          type: 'uint8',
          bigEndian: false,
        },
        startH: null,
        timeH: 0,
        endH: null,
      },
    ],
    voxelSizeUm: [1, 1, 1],
    cycling: null,
    cyclingPath: null,
    workingAreaMm2: null,
    counterAreaMm2: null,
    software: '0',
  }));
  project = new Project(path, { command: 'test', writes: true });
  mkdirSync(join(folder, 'archive', 'other'), { recursive: true });
  for (let z = 8; z < 12; z++) {
    renameSync(slice(z), join(folder, 'archive', `img${z}.raw`));
    writeFileSync(join(folder, 'archive', 'other', `img${z}.raw`), Buffer.alloc(64, 1));
  }
  rmSync(join(folder, 'recon'), { recursive: true });
  expect(await relinkNearby(project)).toEqual(['recon']);
  expect(project.series().scans[0]!.source.segments.map(({ path: at }) => at.slice(folder.length))).toEqual(
    [8, 9, 10, 11].map((z) => `/archive/img${z}.raw`),
  );
  expect(project.series().scans[0]!.path).toBe(join(folder, 'archive'));
});
