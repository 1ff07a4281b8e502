import { expect, test } from 'vitest';
import type { ScanResults } from '../results.ts';
import { cellOf } from './fixtures/project.ts';
import { Frames, frameCount } from './frames.ts';
import { thicknessLimits } from './panels.ts';
import type { MapPlan, OverlayPlan, SlicePlan, VolumePlan } from './plan.ts';
import type { Overlay, Panel, Shot, Storyboard } from './storyboard.ts';

const cell = cellOf();
const volume: Panel = {
  id: 'cell',
  kind: 'volume',
  rect: [0, 0, 0.5, 1],
  camera: [{ at: 0, value: { target: 'cell', azimuth: 0, elevation: 0, distance: 1 } }],
};
const slice: Panel = { id: 'slice', kind: 'slice', rect: [0.5, 0, 0.5, 1], axis: 'y' };
const shot = (change: Partial<Shot> = {}): Shot => ({
  seconds: 7,
  time: { kind: 'play', from: 'start', to: 'end' },
  panels: [volume, slice],
  ...change,
});
const board = (...shots: Shot[]): Storyboard => ({ version: 1, size: [800, 400], fps: 10, shots });
const planOf = (one: Shot, frame: number) => new Frames(board(one), [cell]).plan(frame).shots[0]!.plan;
const overlaid = (overlay: Overlay, frame = 30, change: Partial<Shot> = {}): OverlayPlan | undefined =>
  planOf(shot({ overlays: [overlay], ...change }), frame).overlays[0];

test('a frame is a time, whatever the speed', () => {
  expect(frameCount(board(shot(), shot({ seconds: 0.5 })), 30)).toBe(225);
  const frames = new Frames(board(shot()), [cell], { fps: 25, size: [100, 50] });
  expect(frames.count).toBe(175);
  expect(frames.size).toEqual([100, 50]);
  expect(() => frames.plan(175)).toThrow('frames 0 to 174');
  const scan = (frame: number) => (frames.plan(frame).shots[0]!.plan.panels[0] as VolumePlan).seen.scan;
  expect([0, 24, 25, 75].map(scan)).toEqual([0, 0, 1, 2]);
});

test('panels lie on whole pixels side by side, below their captions', () => {
  const { panels } = planOf(shot({ panels: [volume, { ...slice, caption: 'of {name}' }] }), 0);
  expect(panels[0]!.area).toEqual({ left: 0, top: 0, width: 400, height: 400 });
  expect(panels[1]!.area.left).toBe(400);
  expect(panels[1]!.area.top).toBe(18);
  expect(planOf(shot({ panels: [{ ...slice, caption: 'of {name}' }] }), 0).overlays).toMatchObject([
    { kind: 'words', text: 'of made up', area: { left: 400, top: 0, width: 400, height: 18 } },
  ]);
});

test('a slice goes through the largest crack, as large as it fits, the collector below', () => {
  const [, plan] = planOf(shot(), 0).panels as [VolumePlan, SlicePlan];
  expect(plan).toMatchObject({ axis: 'y', at: 30, upward: true, pixelsPerUm: 2.5 });
  expect(plan.image).toEqual({ left: 400, top: 75, width: 400, height: 250 });
  expect(plan.view).toEqual({ min: [-0.5, -0.5], max: [49.5, 79.5] });
  const through = (one: Partial<Panel>) =>
    planOf(shot({ panels: [{ ...slice, ...one } as Panel] }), 0).panels[0] as SlicePlan;
  expect(through({ axis: 'stack' })).toMatchObject({ axis: 'z', at: 23, upward: false });
  expect(through({ axis: 'stack', through: { crack: 'first' } } as Partial<Panel>).at).toBe(21);
  expect(through({ axis: 'side' })).toMatchObject({ axis: 'y' });
  expect(through({ at: [{ at: 0, value: 12 }] } as Partial<Panel>).at).toBe(12);
});

test('a stack that lies along the rows is turned, so that its collector lies below', () => {
  const lying = cellOf();
  lying.results.recipe.stack = { axis: 'x', collectorEnd: 'low' };
  const overlays: Overlay[] = [
    { kind: 'arrow', panel: 'slice', at: { voxel: [10, 30, 20] } },
    { kind: 'axes', panel: 'slice' },
  ];
  const frames = new Frames(board(shot({ panels: [{ ...slice, axis: 'side' }], overlays })), [lying]);
  const plan = frames.plan(0).shots[0]!.plan;
  const turned = plan.panels[0] as SlicePlan;
  expect(turned).toMatchObject({ axis: 'y', at: 30, turned: true, upward: true, pixelsPerUm: 2.5 });
  expect(turned.image).toEqual({ left: 475, top: 0, width: 250, height: 400 });
  expect(plan.overlays[0]).toMatchObject({ x: 475 + (10.5 / 50) * 250, y: (1 - 20.5 / 80) * 400 });
  expect(plan.overlays[1]).toMatchObject({
    axes: [
      { axis: 'z', right: 1 },
      { axis: 'x', down: -1 },
    ],
  });
});

test('without cracks the plane across the stack lies where lithium grows', () => {
  const bare = cellOf({ cracks: [] });
  const frames = new Frames(board(shot({ panels: [{ ...slice, axis: 'stack' }] })), [bare]);
  expect((frames.plan(0).shots[0]!.plan.panels[0] as SlicePlan).at).toBe(12);
});

test('layers and clip run from key to key', () => {
  const panel: Panel = {
    ...volume,
    layers: [
      { at: 0, value: { show: 'phases', opacity: { collector: 1 } }, ease: 'linear' },
      { at: 2, value: { show: 'phases', opacity: { collector: 0.5 } } },
    ],
    clip: [
      { at: 0, value: 'working', ease: 'linear' },
      { at: 2, value: { min: [0, 0, 0], max: [1, 1, 0.5] } },
    ],
  };
  const at = (frame: number) => planOf(shot({ panels: [panel] }), frame).panels[0] as VolumePlan;
  expect(at(10).layers.opacity.collector).toBe(0.75);
  expect(at(0).clip).toEqual({ min: [8, 0, 0], max: [26, 60, 80] });
  expect(at(10).clip).toEqual({ min: [4, 0, 0], max: [38, 60, 60] });
  expect(at(0).layers).toMatchObject({ show: 'phases', opacity: { electrolyte: 0 } });
});

test('a shot that fades in lies over the end of the one before', () => {
  const frames = new Frames(
    board(shot(), shot({ time: { kind: 'hold', at: 'start' }, transition: { kind: 'fade', seconds: 1 } })),
    [cell],
  );
  const weights = (frame: number) => frames.plan(frame).shots.map(({ plan, weight }) => [plan.shot, weight]);
  expect(weights(69)).toEqual([[0, 1]]);
  expect(weights(70)).toEqual([[0, 1]]);
  expect(weights(75)).toEqual([
    [0, 0.5],
    [1, 0.5],
  ]);
  expect(weights(80)).toEqual([[1, 1]]);
  expect((frames.plan(75).shots[0]!.plan.panels[0] as VolumePlan).seen.scan).toBe(3);
});

test('what is interpolated is marked in its panel, and only then', () => {
  const marks = (frame: number) =>
    planOf(shot({ between: 'interpolate' }), frame).overlays.filter(
      (one) => one.kind === 'words' && one.weight === 'mark',
    );
  expect(marks(50)).toHaveLength(2);
  expect(marks(50)[0]).toMatchObject({ text: 'interpolated', area: { left: 0 } });
  const scan = planOf(shot({ between: 'interpolate', overlays: [{ kind: 'scan' }] }), 50).overlays.at(-1);
  expect(scan).toMatchObject({ text: 'between scans 2 (4.00 h) and 3 (8.00 h)' });
  expect(marks(30)).toHaveLength(0);
});

test.each([
  [{ kind: 'time' }, '4.00 h'],
  [{ kind: 'charge' }, '3.00 mAh cm⁻²'],
  [{ kind: 'current' }, '−1.00 mA cm⁻²'],
  [{ kind: 'voltage' }, '−0.400 V'],
  [{ kind: 'scan' }, 'scan 2 (4.00 h)'],
  [{ kind: 'title', text: 'A cell' }, 'A cell'],
] as [Overlay, string][])('%j says %s', (overlay, text) => {
  expect(overlaid(overlay)).toMatchObject({ kind: 'words', text });
});

test('of a series without times no time is told', () => {
  const unknown = cellOf({ times: [null, null, null, null] });
  const frames = new Frames(board(shot({ overlays: [{ kind: 'time' }, { kind: 'scan' }] })), [unknown]);
  expect(frames.plan(69).shots[0]!.plan.overlays).toMatchObject([{ text: 'scan 2' }]);
});

test('an overlay comes and goes', () => {
  const opacity = (frame: number) => overlaid({ kind: 'title', text: 'A', from: 1, to: 3 }, frame)?.opacity ?? 0;
  expect(opacity(10)).toBe(0);
  expect(opacity(12)).toBeCloseTo(0.7407, 3);
  expect(opacity(20)).toBe(1);
  expect(opacity(28)).toBeCloseTo(0.7407, 3);
  expect(opacity(30)).toBe(0);
});

test('a scale bar is a round length in its panel', () => {
  // 2.5 pixels a µm on 400 pixels: at most 72 pixels, 28.8 µm.
  expect(overlaid({ kind: 'scaleBar', panel: 'slice' })).toMatchObject({ pixels: 50, text: '20 µm' });
  expect(overlaid({ kind: 'scaleBar', panel: 'cell' })).toMatchObject({
    kind: 'scaleBar',
    text: expect.stringMatching(/^[125]0+ µm$/),
  });
});

test('an arrow lies on its crack, in 3D and in a slice near it', () => {
  const hold = { time: { kind: 'hold', at: 'end' } } as const;
  const inSlice = overlaid({ kind: 'arrow', panel: 'slice', at: { crack: 3 } }, 0, hold);
  // Voxel (23, 30, 40) of y = 30, the collector below.
  expect(inSlice).toMatchObject({ x: 400 + (40.5 / 80) * 400, y: 75 + (1 - 23.5 / 50) * 250, opacity: 1 });
  const in3D = overlaid({ kind: 'oval', panel: 'cell', around: { voxel: [24.5, 29.5, 39.5] }, radiusUm: 10 });
  expect(in3D).toMatchObject({ x: 200, y: 200 });
  const off: Overlay = { kind: 'arrow', panel: 'slice', at: { voxel: [20, 36, 40] } };
  expect(overlaid(off)!.opacity).toBe(0.5);
  expect(overlaid({ ...off, at: { voxel: [20, 39, 40] } })).toBeUndefined();
  expect(overlaid({ kind: 'arrow', panel: 'cell', at: { voxel: [-1e6, 30, 40] } })).toBeUndefined();
});

test('nothing points to a crack before its birth', () => {
  const arrow = { kind: 'arrow', panel: 'cell', at: { crack: 3 } } as const;
  expect(overlaid(arrow, 60)).toBeUndefined();
  expect(overlaid(arrow, 69)).toBeUndefined();
  expect(planOf(shot({ overlays: [arrow], time: { kind: 'hold', at: 'end' } }), 0).overlays).toHaveLength(1);
});

test('a legend names what is shown, cracks where there are any', () => {
  const texts = (project = cell) => {
    const frames = new Frames(board(shot({ overlays: [{ kind: 'legend', panel: 'cell' }] })), [project]);
    const [legend] = frames.plan(0).shots[0]!.plan.overlays;
    return legend?.kind === 'legend' ? legend.entries.map(({ text }) => text) : [];
  };
  expect(texts()).toEqual(['current collector', 'lithium', 'cracks']);
  const bare = cellOf({ cracks: [] });
  expect(texts(bare)).toEqual(['current collector', 'lithium']);
  bare.results.recipe.cell = 'symmetric';
  expect(texts(bare)).toEqual(['lithium']);
});

test('maps have one scale for all scans', () => {
  // Of the last scan 1 of 100 columns are as thick as 8.6 µm.
  expect(thicknessLimits([cell], 'working')).toEqual([0, 10]);
  // What a histogram does not reach is told by its mean and spread: an electrode that lost 8 ± 1 µm.
  const lost = cellOf();
  const { histogram } = lost.results.scans[0]!.thickness!.working!;
  const counter = { meanUm: -8, stdUm: 1, histogram: { ...histogram!, counts: [0], underflow: 1000 } };
  lost.results.scans[0]!.thickness!.counter = counter as NonNullable<ScanResults['thickness']>['counter'];
  expect(thicknessLimits([lost], 'counter')).toEqual([-12, 12]);
  const map: Panel = { id: 'map', kind: 'map', rect: [0, 0, 1, 1], electrode: 'working' };
  const plan = (frame: number) => planOf(shot({ panels: [map] }), frame).panels[0] as MapPlan;
  expect(plan(0).limits).toEqual(plan(69).limits);
  expect(plan(0)).toMatchObject({ map: 'batlow', view: { min: [8.8, 18.8], max: [51.2, 61.2] } });
});

test('equal plans are what equal frames are', () => {
  const frames = new Frames(board(shot({ time: { kind: 'hold', at: 'end' } })), [cell]);
  const { frame: a, ...first } = frames.plan(3);
  const { frame: b, ...second } = frames.plan(4);
  expect([a, b]).toEqual([3, 4]);
  expect(second).toEqual(first);
});
