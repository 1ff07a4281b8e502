import { describe, expect, test } from 'vitest';
import { IDENTITY, type Matrix4, type Triple } from '../core/geometry.ts';
import type { Recipe } from '../core/recipe.ts';
import type { ElectrodeThickness, Results } from '../core/results.ts';
import type { ResultRef, StepResult } from '../core/step.ts';
import type { Cracks } from './cracks/index.ts';
import type { Cycles } from './cycles/index.ts';
import { seriesOf } from './fixtures/step.ts';
import type { Intensity } from './intensity/index.ts';
import type { Layers } from './layers/index.ts';
import type { Normalisation } from './normalise/index.ts';
import type { Registration } from './register/index.ts';
import { assembleResults } from './results.ts';
import type { ElectrodeLithium, Thickness } from './thickness/index.ts';
import type { CrackState, Tracks } from './track/index.ts';

const series = seriesOf(4, { voxelSizeUm: [2, 3, 4], workingAreaMm2: 7.07 });
const software = { version: '1.2.3', engine: 'abc' };

const level = (mean: number) => ({ mean, std: 900, n: 5000, sigma: 3 });
const MOVED: Matrix4 = [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 1];

const layers = {
  refused: null,
  cell: 'zero-excess',
  orientation: { axis: [1, 0, 2], flip: [true, false, false] },
  shape: [30, 20, 24],
  confidence: 0.9,
  levels: { collector: null, electrolyte: null, lithium: null, wall: null, outside: null },
  working: null,
  counter: null,
  foilEnd: null,
  pellet: null,
  fieldRadius: null,
  regions: {
    stable: { kind: 'box', min: [1, 2, 3], max: [4, 5, 6] },
    collector: null,
    lithium: { kind: 'box', min: [2, 2, 2], max: [3, 3, 3] },
    inert: null,
    analysis: { kind: 'cylinder', axis: 'y', center: [15, 12], radius: 9, range: [4, 12], follow: 'surface' },
    counter: null,
  },
  notes: ['layers: the pellet is wider than the field; no wall is seen'],
} as Layers;

const normalisation = {
  refused: null,
  collector: level(42000),
  electrolyte: level(26000),
  lithium: level(7000),
  empty: null,
  factor: 35000,
  uncertainty: 12,
  notes: ['normalise: a word'],
} as Normalisation;

const registration = (scan: number) =>
  ({
    refused: null,
    view: IDENTITY,
    matrix: scan === 0 ? IDENTITY : MOVED,
    covariance: new Array<number>(49).fill(0),
    center: [0, 0, 0],
    gain: 1,
    offset: 0,
    correlationBefore: 0.4,
    correlation: 0.9,
    residualUm: 0.02,
    interfaceResidualUm: null,
    interfaceSigmaUm: null,
    driftUm: 5,
    rotationDeg: 0.2,
    fieldRadius: null,
    face: false,
    notes: [`register: scan ${scan}`],
  }) as Registration;

const greys = {
  refused: null,
  gain: 1.01,
  offset: -30,
  applied: true,
  electrolyte: null,
  collector: null,
  inert: { mean: 12500, std: 900 },
  notes: ['intensity: matched'],
} as Intensity;

const lithium = (meanUm: number) =>
  ({
    meanUm,
    uncertaintyUm: 0.06,
    inCracksUm: 0.5,
    totalUm: meanUm + 0.5,
    stdUm: 2,
    stdCorrectedUm: 1.9,
    publishedMeanUm: meanUm - 0.1,
    coverage: 0.93,
    coveredFraction: 0.98,
    edgeToCentre: null,
    voidFractionUpper: null,
    histogram: { rangeUm: [0, 45], counts: [1, 2], underflow: 0, overflow: 1 },
    radialProfile: { rUm: [1, 2], meanUm: [3, null] },
    map: 'thickness_working.tif',
    parts: { noise: 0.01 },
    unmatchedMeanUm: meanUm,
  }) as ElectrodeLithium;

const state = (volume: number, at: Triple): CrackState => ({
  volume,
  volumeIfVoid: 0.8 * volume,
  sigma: 4,
  meanGrey: 9000,
  centroid: at,
  min: at,
  max: at.map((x) => x + 5) as Triple,
  normal: [0, 1, 0],
  toWorking: 3,
  toCounter: 40,
  pieces: 1,
});

const cracks = (count: number): Cracks => ({
  refused: null,
  threshold: 0.1,
  clearance: 4,
  parts: Array.from({ length: count }, () => ({ ...state(100, [0, 0, 0]), centroid: [0, 0, 0] as Triple })),
  notes: [],
});

const tracks: Tracks = {
  cracks: [
    {
      id: 1,
      onsetScan: 2,
      parents: [],
      mergers: [],
      states: [null, null, state(200, [3, 4, 5]), { ...state(700, [3, 4, 5]), toWorking: 1, toCounter: 5 }],
    },
    {
      id: 2,
      onsetScan: 3,
      parents: [],
      mergers: [],
      states: [null, null, null, { ...state(90, [9, 9, 9]), toCounter: 4 }],
    },
  ],
};

const electrochemistry = {
  chargeMahCm2: 1.5,
  currentMaCm2: -0.25,
  voltageV: -0.03,
  cycle: 1,
  step: 'plating' as const,
  electrochemicalUm: 7.3,
  notes: ['the log ends before the scan'],
};

const cycles: Cycles = {
  scans: series.scans.map(() => electrochemistry),
  cycles: [
    {
      index: 1,
      plateEndScan: 2,
      stripEndScan: 3,
      ceTomography: 0.9,
      ceElectrochemistry: 0.95,
      uncertainty: 0.01,
      residualUm: 0.4,
      extrapolatedUm: null,
    },
  ],
};

const everything: Record<string, unknown> = {
  'layers -1': layers,
  'normalise -1': normalisation,
  'track -1': tracks,
  'cycles -1': cycles,
};
for (const scan of [0, 1, 2, 3]) {
  const measured: Thickness = {
    refused: null,
    working: lithium(scan),
    counter: null,
    profile: { zUm: [-2, 0], meanLvf: [0.5, null] },
    notes: ['thickness: a word'],
  };
  everything[`quality ${scan}`] = {
    noise: 900,
    sharpness: 0.9,
    rings: null,
    clipped: 0,
    flags: ['rings'],
    fwhmVoxels: 3,
    metrics: { contrast: 20000 },
  };
  everything[`register ${scan}`] = registration(scan);
  everything[`intensity ${scan}`] = greys;
  everything[`cracks ${scan}`] = cracks([0, 0, 1, 2][scan]!);
  everything[`thickness ${scan}`] = measured;
}

function results(stored: Record<string, unknown>, recipe: Recipe = {}): Results {
  const get = <R>({ step, scan = -1 }: ResultRef): StepResult<R> | null => {
    const value = stored[`${step} ${scan}`];
    return value === undefined ? null : { key: `ab${step}${scan}`, value: value as R, directory: '' };
  };
  return assembleResults(series, recipe, get, software);
}

/** Every path at which a value is undefined or a number that JSON cannot hold. */
function holes(value: unknown, path = ''): string[] {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return [path];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => holes(inner, `${path}.${name}`));
}

describe('the results of a series', () => {
  const all = results(everything);

  test('have the fields of the specification', () => {
    expect(Object.keys(all).toSorted()).toEqual(
      [
        'voxelSizeUm',
        'uncertaintyK',
        'recipe',
        'inputs',
        'software',
        'normalisation',
        'scans',
        'cycles',
        'cracks',
        'notes',
      ].toSorted(),
    );
    expect(all).toMatchObject({ voxelSizeUm: [2, 3, 4], uncertaintyK: 2, software, cycles: cycles.cycles });
    expect(all.inputs).toEqual(series.scans.map(({ path, fingerprint }) => ({ path, fingerprint })));
    expect(all.notes).toEqual([
      ...layers.notes,
      ...normalisation.notes,
      expect.stringMatching(/^null: cycle 1, extrapolatedUm: /),
    ]);
    expect(holes(all)).toEqual([]);
  });

  test('tell grey values with the scan they are of', () => {
    expect(all.normalisation).toEqual({
      collector: { mean: 42000, std: 900, n: 5000, scan: 0 },
      lithium: { mean: 7000, std: 900, n: 5000, scan: 0 },
      electrolyte: { mean: 26000, std: 900, n: 5000, scan: 0 },
      factor: 35000,
      uncertainty: 12,
    });
  });

  test('of a scan are those of its steps', () => {
    const scan = all.scans[2]!;
    expect(scan).toMatchObject({ index: 2, name: 'scan_002', startH: 1.95, timeH: 2, endH: 2.05 });
    expect(scan).toMatchObject({ chargeMahCm2: 1.5, currentMaCm2: -0.25, voltageV: -0.03, cycle: 1, step: 'plating' });
    expect(scan.quality).toEqual({ noise: 900, sharpness: 0.9, rings: null, clipped: 0, flags: ['rings'] });
    expect(scan.registration).toEqual({
      matrix: MOVED,
      driftUm: 5,
      rotationDeg: 0.2,
      correlationBefore: 0.4,
      correlation: 0.9,
      residualUm: 0.02,
      interfaceResidualUm: null,
    });
    expect(scan.intensity).toEqual({ gain: 1.01, offset: -30, applied: true, inert: { mean: 12500, std: 900 } });
    expect(scan.thickness).toMatchObject({ counter: null, electrochemicalUm: 7.3 });
    const { map: _, ...numbers } = lithium(2);
    expect(scan.thickness!.working).toMatchObject(numbers as Partial<ElectrodeThickness>);
    expect(scan.thickness!.working!.map).toBe('objects/ab/abthickness2/thickness_working.tif');
    expect(scan.profile).toEqual({ zUm: [-2, 0], meanLvf: [0.5, null] });
    expect(scan.cracks).toEqual({ count: 1, volumeVoxels: 200, volumeIfVoidVoxels: 160, volumeUm3: 200 * 24 });
    expect(scan.notes.filter((note) => !note.startsWith('null: '))).toEqual([
      'register: scan 2',
      'intensity: matched',
      'thickness: a word',
      'cycles: the log ends before the scan',
    ]);
  });

  test('flag a scan that is noisier or blurrier than the series', () => {
    const odd = {
      noise: 2500,
      sharpness: 0.5,
      rings: 0.1,
      clipped: 0,
      flags: [],
      fwhmVoxels: 9,
      metrics: { contrast: 20000 },
    };
    const flags = results({ ...everything, 'quality 3': odd }).scans.map(({ quality }) => quality!.flags);
    expect(flags.slice(0, 3)).toEqual([['rings'], ['rings'], ['rings']]);
    expect(flags[3]!.toSorted()).toEqual(['blurred', 'noisy']);
  });

  test('name voxels that are no numbers', () => {
    const quality = everything['quality 2'] as { metrics: object };
    const torn = { ...quality, metrics: { ...quality.metrics, notNumbers: 0.00123 } };
    expect(results({ ...everything, 'quality 2': torn }).scans[2]!.notes).toContain(
      'quality: 0.12 % of the voxels are not numbers; they count as 0',
    );
    expect(all.scans[2]!.notes.join()).not.toContain('not numbers');
  });

  test('of the reference are numbers too', () => {
    expect(all.scans[0]).toMatchObject({
      registration: { matrix: IDENTITY },
      thickness: { working: { meanUm: 0 } },
      cracks: { count: 0, volumeVoxels: 0, volumeIfVoidVoxels: 0, volumeUm3: 0 },
    });
  });

  test('of a crack have one entry a scan, null before its birth', () => {
    expect(all.cracks).toHaveLength(2);
    expect(all.cracks[0]).toMatchObject({
      id: 1,
      onsetScan: 2,
      onsetIntervalH: [1, 2],
      parents: [],
      volumeVoxels: [null, null, 200, 700],
      volumeUncertaintyVoxels: [null, null, 8, 8],
      meanGrey: [null, null, 9000, 9000],
      centroid: [null, null, [3, 4, 5], [3, 4, 5]],
      min: [null, null, [3, 4, 5], [3, 4, 5]],
      max: [null, null, [8, 9, 10], [8, 9, 10]],
      extentUm: [null, null, [10, 15, 20], [10, 15, 20]],
      orientation: [null, null, [0, 1, 0], [0, 1, 0]],
      // The stack runs along y, whose voxels are 3 µm; the nearest it ever came.
      distanceToCollectorUm: 3,
      distanceToCounterUm: 15,
      through: true,
      fill: 'lithium',
    });
    expect(all.cracks[1]).toMatchObject({ onsetIntervalH: [2, 3], distanceToCounterUm: 12 });
  });

  test('give the volume of empty cracks where the recipe says that they are', () => {
    const empty = results(everything, { phases: { crack: { fill: 'void' } } });
    expect(empty.cracks[0]).toMatchObject({ volumeVoxels: [null, null, 160, 560], fill: 'void' });
  });

  test('do not know how far a counter electrode is that is not in view', () => {
    const far: Tracks = {
      cracks: [
        {
          ...tracks.cracks[0]!,
          states: [null, null, { ...state(200, [3, 4, 5]), toCounter: null }, null],
        },
      ],
    };
    expect(results({ ...everything, 'track -1': far }).cracks[0]).toMatchObject({
      distanceToCounterUm: null,
      through: false,
    });
  });
});

describe('the resolved recipe', () => {
  test('has the defaults of the specification and what was found', () => {
    expect(results(everything).recipe).toEqual({
      version: 1,
      cell: 'zero-excess',
      reference: 0,
      stack: { axis: 'y', collectorEnd: 'high' },
      regions: layers.regions,
      registration: { model: 'rigid' },
      intensity: { match: 'auto' },
      denoise: { gaussianSigma: 1 },
      lvf: { medianRadius: 3, clip: false },
      phases: { lithiumLvf: 0.2, crack: { threshold: 'auto', minVoxels: 50, fill: 'lithium' } },
      electrodes: { lithiumUmPerMahCm2: 4.85 },
    });
  });

  test('keeps what was asked for', () => {
    const asked: Recipe = {
      cell: 'symmetric',
      reference: 'previous',
      stack: { axis: 'z', collectorEnd: 'low' },
      scans: { '1': { exclude: true, reason: 'beam dump' } },
      regions: { inert: { kind: 'box', min: [0, 0, 0], max: [2, 2, 2] }, lithium: null },
      denoise: { gaussianSigma: 2 },
      phases: { lithiumLvf: 0.3, crack: { minVoxels: 80 } },
      electrodes: { working: { areaMm2: 3 }, lithiumUmPerMahCm2: 5 },
    };
    expect(results(everything, asked).recipe).toMatchObject({
      ...asked,
      regions: { ...layers.regions, inert: asked.regions!.inert, lithium: null },
      phases: { lithiumLvf: 0.3, crack: { threshold: 'auto', minVoxels: 80, fill: 'lithium' } },
    });
  });

  test('tells no stack where the layers were not found', () => {
    const refused = { ...layers, refused: 'along no axis there are layers' };
    expect(results({ ...everything, 'layers -1': refused }).recipe).not.toHaveProperty('stack');
  });
});

describe('what cannot be computed', () => {
  test('is null before anything ran', () => {
    const none = results({});
    expect(holes(none)).toEqual([]);
    expect(none).toMatchObject({ normalisation: null, cycles: [], cracks: [] });
    expect(none.scans).toHaveLength(4);
    for (const scan of none.scans)
      expect(scan).toMatchObject({
        chargeMahCm2: null,
        currentMaCm2: null,
        voltageV: null,
        cycle: null,
        step: null,
        quality: null,
        registration: null,
        intensity: null,
        thickness: null,
        profile: null,
        cracks: null,
        notes: [],
      });
  });

  test('is null for an excluded scan, with the reason', () => {
    const stored = Object.fromEntries(Object.entries(everything).filter(([name]) => !name.endsWith(' 1')));
    const recipe: Recipe = { scans: { '1': { exclude: true, reason: 'beam dump' } } };
    const scan = results(stored, recipe).scans[1]!;
    expect(scan).toMatchObject({ quality: null, registration: null, intensity: null, thickness: null, cracks: null });
    expect(scan.notes[0]).toBe('excluded: beam dump');
    expect(results(stored, { scans: { '1': { exclude: true } } }).scans[1]!.notes[0]).toBe('excluded: by the recipe');
    // The scan before a crack's birth is the last one that took part.
    const later = results(stored, { scans: { '1': { exclude: true } } });
    expect(later.cracks[0]!.onsetIntervalH).toEqual([0, 2]);
  });

  test('is null for a refused scan, with the reason of each step', () => {
    const refused = {
      ...everything,
      'register 2': {
        ...registration(2),
        refused: 'no texture',
        view: null,
        matrix: null,
        covariance: null,
        notes: [],
      },
      'intensity 2': { ...greys, refused: 'clipped: 3 %', notes: ['intensity: clipped: 3 %'] },
      'cracks 2': { ...cracks(0), refused: 'no texture' },
      'thickness 2': {
        refused: 'no texture',
        working: null,
        counter: null,
        profile: null,
        notes: ['thickness: not measured, no texture'],
      } satisfies Thickness,
    };
    const scan = results(refused).scans[2]!;
    expect(scan).toMatchObject({
      registration: null,
      thickness: { working: null, counter: null, electrochemicalUm: 7.3 },
      profile: null,
      cracks: null,
    });
    expect(scan.notes.filter((note) => !note.startsWith('null: '))).toEqual([
      'register: no texture',
      'intensity: clipped: 3 %',
      'cracks: not sought, no texture',
      'thickness: not measured, no texture',
      'cycles: the log ends before the scan',
    ]);
    expect(holes(results(refused))).toEqual([]);
  });

  test('is null for a constant that is not known, with its note', () => {
    const without: Normalisation = {
      ...normalisation,
      refused: 'no lithium foil to sample',
      lithium: null,
      factor: 0,
      uncertainty: 0,
      notes: ['normalise: no lithium foil to sample; give recipe.regions.lithium'],
    };
    const found = results({ ...everything, 'normalise -1': without });
    expect(found.normalisation).toMatchObject({ lithium: null, factor: null, uncertainty: null });
    expect(found.notes.join()).toMatch(/no lithium foil/);
  });
});
