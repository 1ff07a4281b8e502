import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ElectrodeThickness, Results, ScanResults } from '../../core/results.ts';
import { analysedFrom } from './fixtures/analysed.ts';
import { csv, tablesOf, writeTables } from './tables.ts';

const electrode: ElectrodeThickness = {
  meanUm: 8.36,
  uncertaintyUm: 0.06,
  inCracksUm: 0,
  totalUm: 8.36,
  stdUm: 2.9,
  stdCorrectedUm: 2.7,
  publishedMeanUm: 8.15,
  coverage: 0.93,
  coveredFraction: 0.98,
  edgeToCentre: 1.2,
  voidFractionUpper: 0.02,
  histogram: { rangeUm: [0, 3], counts: [5, 7], underflow: 1, overflow: 2 },
  radialProfile: { rUm: [1], meanUm: [8] },
  map: 'maps/3.tif',
};

const scan: ScanResults = {
  index: 0,
  name: 'scan "three", big',
  startH: 7.46,
  timeH: 7.5,
  endH: 7.54,
  chargeMahCm2: 1.875,
  currentMaCm2: -0.25,
  voltageV: 0.1 + 0.2,
  cycle: 1,
  step: 'plating',
  quality: { noise: 900, sharpness: 0.9, rings: 0.1, clipped: 0, flags: ['rings', 'motion'] },
  registration: {
    matrix: [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    driftUm: 4.1,
    rotationDeg: 0.21,
    correlationBefore: 0.41,
    correlation: 0.93,
    residualUm: 0.05,
    interfaceResidualUm: 0.06,
  },
  intensity: { gain: 1.002, offset: -31, applied: true, inert: { mean: 12500, std: 900 } },
  thickness: { working: electrode, counter: electrode, electrochemicalUm: 9.09 },
  profile: { zUm: [-1.625, 0], meanLvf: [0.1, null] },
  cracks: { count: 1, volumeVoxels: 210, volumeIfVoidVoxels: 110, volumeUm3: 900 },
  notes: ['one', 'two'],
};

const bare: ScanResults = {
  ...scan,
  index: 1,
  name: 'bare',
  quality: null,
  registration: null,
  intensity: null,
  thickness: null,
  profile: null,
  cracks: null,
  notes: [],
  voltageV: Number.NaN,
};

const results: Results = {
  voxelSizeUm: [1, 1, 1],
  uncertaintyK: 2,
  recipe: {},
  inputs: [],
  software: { version: '', engine: '' },
  normalisation: null,
  scans: [scan, bare],
  cycles: [
    {
      index: 1,
      plateEndScan: 3,
      stripEndScan: null,
      ceTomography: 0.94,
      ceElectrochemistry: 0.97,
      uncertainty: 0.01,
      residualUm: 1e-7,
      extrapolatedUm: null,
    },
  ],
  cracks: [
    {
      id: 4,
      onsetScan: 1,
      onsetIntervalH: [15, 15.5],
      parents: [1, 2],
      volumeVoxels: [null, 210],
      volumeUncertaintyVoxels: [null, 20],
      meanGrey: [null, 12000],
      centroid: [null, [1, 2, 3.5]],
      min: [null, [0, 0, 0]],
      max: [null, [2, 4, 7]],
      extentUm: [null, [2, 4, 7]],
      orientation: [null, [1, 0, 0]],
      distanceToCollectorUm: 6.5,
      distanceToCounterUm: null,
      through: false,
      fill: 'lithium',
    },
  ],
  notes: [],
};

const tableOf = (name: string) => {
  const table = tablesOf(results).find((candidate) => candidate.name === name);
  if (!table) throw new Error(name);
  return { ...table, rows: [...table.rows] };
};
const cell = (name: string, row: number, column: string) => {
  const { columns, rows } = tableOf(name);
  expect(columns).toContain(column);
  return rows[row][columns.indexOf(column)];
};

/** Names of all values of a record that are not lists of a length that varies. */
function leaves(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, inside]) => {
    const here = path + name;
    const table = ['histogram', 'radialProfile', 'profile'].includes(name);
    if (table) return [];
    return inside !== null && typeof inside === 'object' && !Array.isArray(inside)
      ? leaves(inside, `${here}.`)
      : [here];
  });
}

it('every number of a scan and a cycle has its column', () => {
  expect([...tableOf('scans.csv').columns].sort()).toEqual(leaves(scan).sort());
  expect([...tableOf('cycles.csv').columns].sort()).toEqual(leaves(results.cycles[0]).sort());
});

it('values lie under their names', () => {
  expect(cell('scans.csv', 0, 'thickness.working.meanUm')).toBe(8.36);
  expect(cell('scans.csv', 0, 'registration.matrix')).toBe('1 0 0 0.5 0 1 0 0 0 0 1 0 0 0 0 1');
  expect(cell('scans.csv', 0, 'quality.flags')).toBe('rings; motion');
  expect(cell('scans.csv', 1, 'thickness.working.meanUm')).toBeUndefined();
  expect(tableOf('cracks.csv').rows).toHaveLength(2);
  expect(cell('cracks.csv', 0, 'centroid.x')).toBeUndefined();
  expect(cell('cracks.csv', 1, 'centroid.x')).toBe(3.5);
  expect(cell('cracks.csv', 1, 'onsetIntervalH.end')).toBe(15.5);
  expect(cell('cracks.csv', 1, 'parents')).toBe('1 2');
  expect(tableOf('histograms.csv').rows.slice(0, 4)).toEqual([
    [0, 7.5, 'working', null, 0, 1],
    [0, 7.5, 'working', 0, 1.5, 5],
    [0, 7.5, 'working', 1.5, 3, 7],
    [0, 7.5, 'working', 3, null, 2],
  ]);
  expect(tableOf('profiles.csv').rows).toEqual([
    [0, 7.5, -1.625, 0.1],
    [0, 7.5, 0, null],
  ]);
});

it('cells are quoted where they must be, numbers at full precision', () => {
  const rows = [['a,b', 'say "x"', 'two\nlines', 0.1 + 0.2, 1e-7, null, Number.NaN, true, -0.5]];
  expect([...csv({ columns: ['p', 'q'], rows })].join('')).toBe(
    'p,q\r\n"a,b","say ""x""","two\nlines",0.30000000000000004,1e-7,,,true,-0.5\r\n',
  );
});

it('five files are written, whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tables-'));
  try {
    const paths = await writeTables(analysedFrom(results), join(folder, 'new'));
    const names = ['cracks', 'cycles', 'histograms', 'profiles', 'scans'];
    expect((await readdir(join(folder, 'new'))).sort()).toEqual(
      names.flatMap((name) => [`${name}.csv`, `${name}.csv.json`]),
    );
    const text = await readFile(paths[0], 'utf8');
    const made = JSON.parse(await readFile(paths[1], 'utf8'));
    expect(made).toMatchObject({
      kind: 'table',
      name: 'scans',
      file: { name: 'scans.csv', bytes: Buffer.byteLength(text) },
    });
    expect(made.file.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(text.split('\r\n')[1]).toMatch(
      /^0,"scan ""three"", big",7.46,7.5,7.54,1.875,-0.25,0.30000000000000004,1,plating,8.36,/,
    );
    expect(text.split('\r\n')).toHaveLength(4);
  } finally {
    await rm(folder, { recursive: true });
  }
});
