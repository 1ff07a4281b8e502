import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { isFailure } from '../core/failure.ts';
import type { MovieProject } from '../core/movie/project.ts';
import type { Storyboard } from '../core/movie/storyboard.ts';
import type { Results } from '../core/results.ts';
import type { ProjectState } from './app.ts';
import { checkStoryboard, checkStoryboardAgainst, parseStoryboard, type storyboardSchema } from './storyboard.ts';

const key = { at: 0, value: { target: 'cell', azimuth: 30, elevation: 25, distance: 1 } };
const volume = { id: 'cell', kind: 'volume', rect: [0, 0, 0.6, 1], camera: [key] };
const curve = { id: 'curve', kind: 'curve', rect: [0.6, 0, 0.4, 1], of: 'voltage' };
const shot = { seconds: 5, time: { kind: 'play', from: 'start', to: 'end' }, panels: [volume, curve] };
const board = (change: object = {}) => ({ version: 1, shots: [{ ...structuredClone(shot), ...change }] });

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (isFailure(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

test('the schema and the type agree, and a project state is what a movie needs', () => {
  expectTypeOf<z.infer<typeof storyboardSchema>>().branded.toEqualTypeOf<Storyboard>();
  expectTypeOf<ProjectState>().toExtend<MovieProject['state']>();
});

test('every field may be given', () => {
  const whole = {
    ...board({
      name: 'all',
      transition: { kind: 'fade', seconds: 0.5 },
      between: 'interpolate',
      panels: [
        {
          ...volume,
          caption: 'Cell',
          layers: [{ at: 0, value: { show: 'phases', opacity: { lithium: 0.5 }, map: 'lvf', window: [0, 9] } }],
          clip: [{ at: 1, value: { min: [0, 0, 0], max: [1, 1, 0.5] }, ease: 'in' }],
          slices: [{ at: 0, value: { z: 4 } }],
        },
        {
          id: 's',
          kind: 'slice',
          rect: [0, 0, 1, 1],
          axis: 'x',
          view: [{ at: 0, value: { min: [0, 0], max: [9, 9] } }],
        },
        { id: 'm', kind: 'map', rect: [0, 0, 1, 1], electrode: 'counter', limits: [0, 5], map: 'vik', project: 1 },
        { ...curve, over: 'charge', growing: true },
        { id: 'h', kind: 'histogram', rect: [0, 0, 1, 1] },
      ],
      overlays: [
        { kind: 'arrow', panel: 'cell', at: { crack: 'first' }, text: 'here', from: 1, to: 2 },
        { kind: 'oval', panel: 's', around: { voxel: [1, 2, 3] }, radiusUm: 20, colour: '#ffcc00' },
        { kind: 'scaleBar', panel: 'cell', place: 'bottom-right', size: 0.03 },
      ],
    }),
    title: 'A cell',
    size: [1280, 720],
    fps: 25,
    theme: 'light',
    align: 'charge',
    overlays: [{ kind: 'logo', file: 'logo.png', height: 0.1 }, { kind: 'title', text: 'A cell' }, { kind: 'time' }],
  };
  expect(checkStoryboard(structuredClone(whole), 'a.json')).toEqual(whole);
});

test.each([
  [{ ...board(), shot: [] }, '(a.json, shot): there is no field of the name shot. Did you mean shots?'],
  [{ ...board(), version: 2 }, '(a.json, version): it must be 1'],
  [{ version: 1, shots: [] }, '(a.json, shots): it must hold at least 1 entries'],
  [board({ seconds: 0 }), '(a.json, shots[0].seconds): it must be more than 0'],
  [board({ time: { kind: 'loop' } }), 'shots[0].time.kind): it must be "hold" or "play" or "scans"'],
  [board({ time: { kind: 'hold', at: 'now' } }), 'shots[0].time.at): it must be "start", "end" or an object'],
  [board({ time: { kind: 'hold', at: { scan: 1.5 } } }), 'shots[0].time.at.scan): it must be a whole number'],
  [board({ panels: [{ ...volume, kind: 'picture' }] }), 'shots[0].panels[0].kind): it must be "volume" or "slice"'],
  [
    board({ panels: [{ ...volume, camrea: [] }] }),
    'panels[0].camrea): there is no field of the name camrea. Did you mean camera?',
  ],
  [board({ panels: [{ ...volume, camera: 'front' }] }), '(a.json, shots[0].panels[0].camera): it must be a list'],
  [board({ panels: [{ ...volume, camera: [] }] }), 'shots[0].panels[0].camera): it must hold at least 1'],
  [
    board({ panels: [{ ...volume, camera: [{ ...key, value: { ...key.value, elevation: 91 } }] }] }),
    'shots[0].panels[0].camera[0].value.elevation): it must be at most 90',
  ],
  [
    board({ panels: [{ ...volume, camera: [key, key] }] }),
    'shots[0].panels[0].camera[1].at): it must be later than the key before',
  ],
  [board({ panels: [volume, volume] }), 'shots[0].panels[1].id): another panel of the shot is named cell'],
  [board({ panels: [{ ...volume, rect: [0.6, 0, 0.6, 1] }] }), 'panels[0].rect): the panel reaches out of the picture'],
  [board({ overlays: [{ kind: 'clock' }] }), 'shots[0].overlays[0].kind): it must be "time" or "charge"'],
  [board({ overlays: [{ kind: 'time', panel: 'left' }] }), `overlays[0].panel): the shot's panels are "cell", "curve"`],
  [{ ...board(), overlays: [{ kind: 'time', panel: 'left' }] }, '(a.json, overlays[0].panel): no shot has a panel'],
  [
    board({ overlays: [{ kind: 'oval', panel: 'cell', around: { crack: 1 }, radiusUm: 3, colour: 'red' }] }),
    'shots[0].overlays[0].colour): it must be a colour as "#rrggbb"',
  ],
])('%j is refused with its place', (document, expected) => {
  const message = messageOf(() => checkStoryboard(document, 'a.json'));
  expect(message).toContain('input: Cannot use the storyboard');
  expect(message).toContain(expected);
  expect(message).not.toContain('\n');
});

test('text that is not JSON is refused', () => {
  expect(() => parseStoryboard('{', 'a.json')).toThrow('Cannot read the storyboard (a.json): it is not JSON');
});

const crack = { id: 1, onsetScan: 1, volumeVoxels: [null, 9], centroid: [null, [1, 2, 3]], min: [], max: [] };
const project = (change: { cracks?: object[]; layers?: string[]; cycling?: object | null } = {}): MovieProject => ({
  state: {
    name: 'cell A',
    voxelSizeUm: [1, 1, 1],
    reference: 0,
    scans: [0, 1].map((index) => ({
      index,
      name: `scan_00${index}`,
      shape: [10, 20, 30],
      timeH: index,
      excluded: null,
      missing: false,
      layers: (change.layers ?? ['grey', 'phases']) as ['grey'],
    })),
    cycling:
      change.cycling === undefined
        ? { timeH: [0, 1], voltageV: [0, 1], currentMa: [-1, -1], chargeMahCm2: [0, 0.5] }
        : (change.cycling as null),
  },
  results: {
    recipe: {},
    cracks: change.cracks ?? [crack],
    scans: [{ cracks: null, thickness: null }],
  } as unknown as Results,
});

test.each([
  [board(), project(), 'accepted'],
  [
    board({ time: { kind: 'hold', at: { scan: 2 } } }),
    project(),
    'shots[0].time.at.scan): the series shows the scans 0, 1',
  ],
  [
    board({ time: { kind: 'hold', at: { charge: 2 } } }),
    project(),
    'the cell never reaches 2 mAh cm⁻²; the most is 0.5',
  ],
  [board({ time: { kind: 'play', from: 'end', to: 'start' } }), project(), 'shots[0].time.to): it lies before "from"'],
  [
    board({ time: { kind: 'hold', at: { crack: 7 } } }),
    project(),
    'shots[0].time.at.crack): the cracks of cell A are 1',
  ],
  [
    board({ panels: [{ ...volume, camera: [{ ...key, value: { ...key.value, target: { crack: 'first' } } }] }] }),
    project({ cracks: [] }),
    'shots[0].panels[0].camera[0].value.target.crack): no crack was found in cell A. Choose a storyboard without cracks',
  ],
  [
    board({ panels: [{ ...volume, project: 1 }] }),
    project(),
    'panels[0].project): the movie has no project 1. Name the other',
  ],
  [
    board({ panels: [{ ...volume, layers: [{ at: 0, value: { show: 'phases' } }] }] }),
    project({ layers: ['grey'] }),
    'panels[0].layers[0].value.show): scan_000 of cell A has no phases. Run the analysis first',
  ],
  [board(), project({ cycling: null }), 'panels[1].of): cell A has no cycling log'],
  [board({ panels: [{ ...curve, of: 'thickness' }] }), project(), 'panels[0].of): cell A has no thickness'],
  [
    board({ panels: [{ id: 'm', kind: 'map', rect: [0, 0, 1, 1], electrode: 'working' }] }),
    project(),
    'panels[0]): cell A has no thickness at the working electrode',
  ],
  [
    board({ panels: [{ id: 's', kind: 'slice', rect: [0, 0, 1, 1], axis: 'y', at: [{ at: 0, value: 20 }] }] }),
    project(),
    'panels[0].at[0].value): the cell has the planes 0 to 19 along y',
  ],
  [
    board({ overlays: [{ kind: 'arrow', panel: 'cell', at: { voxel: [10, 0, 0] } }] }),
    project(),
    'overlays[0].at.voxel): it lies outside the volume (z, y, x: 10 × 20 × 30 voxels)',
  ],
  [
    board({ overlays: [{ kind: 'arrow', panel: 'curve', at: { voxel: [1, 0, 0] } }] }),
    project(),
    'overlays[0].panel): a curve has no places of the cell. Name a volume or a slice',
  ],
  [board({ overlays: [{ kind: 'scaleBar', panel: 'curve' }] }), project(), 'a curve has no lengths'],
  [board({ overlays: [{ kind: 'axes' }] }), project(), 'overlays[0]): axes needs a panel'],
])('%j is checked against the series', (document, series, expected) => {
  const storyboard = checkStoryboard(document, 'a.json');
  expect(messageOf(() => checkStoryboardAgainst(storyboard, [series], 'a.json'))).toContain(expected);
});
