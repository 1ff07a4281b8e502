import { expect, test } from 'vitest';
import type { Panel, Shot, Storyboard, VolumePanel } from '../../../core/movie/storyboard.ts';
import {
  addedPanel,
  changedKey,
  changedOverlay,
  cutFront,
  duplicated,
  freeName,
  freePanelId,
  keysOf,
  lengthOf,
  moved,
  movedKey,
  overlaysOf,
  removed,
  removedKey,
  removedPanel,
  renamedPanel,
  resized,
  shotAt,
  split,
  startsOf,
  valueAt,
  withKey,
} from './edit.ts';

const place = (azimuth: number) => ({ target: 'cell' as const, azimuth, elevation: 20, distance: 1 });
const cell = (): VolumePanel => ({
  kind: 'volume',
  id: 'cell',
  rect: [0, 0, 1, 1],
  camera: [
    { at: 0, value: place(0), ease: 'linear' },
    { at: 4, value: place(90) },
  ],
});
const shot = (seconds = 4): Shot => ({
  seconds,
  time: { kind: 'play', from: 'start', to: 'end' },
  panels: [cell()],
  overlays: [{ kind: 'caption', text: 'plating', from: 1, to: 3 }],
});
const board = (): Storyboard => ({ version: 1, shots: [shot(), { ...shot(2), name: 'second' }] });
const camera = { shot: 0, panel: 'cell', track: 'camera' as const };
const times = (of: Storyboard, at = 0) => keysOf(of, { ...camera, shot: at }).map((key) => key.at);

test('shots stand one after another', () => {
  expect(startsOf(board())).toEqual([0, 4]);
  expect(lengthOf(board())).toBe(6);
  expect(shotAt(board(), 4)).toEqual({ shot: 1, at: 0 });
  expect(shotAt(board(), 3.5)).toEqual({ shot: 0, at: 3.5 });
  expect(shotAt(board(), 99)).toEqual({ shot: 1, at: 2 });
});

test('a longer shot takes its keys along, or leaves them where they are', () => {
  expect(times(resized(board(), 0, 8, 'stretch'))).toEqual([0, 8]);
  expect(resized(board(), 0, 8, 'stretch').shots[0]!.overlays![0]).toMatchObject({ from: 2, to: 6 });
  expect(times(resized(board(), 0, 8, 'stay'))).toEqual([0, 4]);
  expect(resized(board(), 0, -1, 'stay').shots[0]!.seconds).toBe(0.1);
});

test('a shot cut at its beginning keeps what comes later in its place', () => {
  const cut = cutFront(board(), 0, 1);
  expect(cut.shots[0]!.seconds).toBe(3);
  expect(times(cut)).toEqual([0, 3]);
  expect(cut.shots[0]!.overlays![0]).toMatchObject({ from: 0, to: 2 });
});

test('a fade is never longer than its shot', () => {
  const faded: Storyboard = { ...board(), shots: [{ ...shot(), transition: { kind: 'fade', seconds: 2 } }] };
  expect(resized(faded, 0, 1, 'stay').shots[0]!.transition).toEqual({ kind: 'fade', seconds: 1 });
});

test('shots are put elsewhere, copied and taken away, but for the last', () => {
  expect(moved(board(), 1, 0).shots.map(({ name }) => name)).toEqual(['second', undefined]);
  const twice = duplicated(board(), 1);
  expect(twice.shots.map(({ name }) => name)).toEqual([undefined, 'second', 'second']);
  expect(twice.shots[1]).not.toBe(twice.shots[2]);
  expect(removed(removed(board(), 0), 0).shots).toHaveLength(1);
});

test('a shot in two shows the same as before', () => {
  const two = split(board(), 0, 1, () => 7.5);
  expect(startsOf(two)).toEqual([0, 1, 4]);
  expect(two.shots[0]!.time).toEqual({ kind: 'play', from: 'start', to: { hours: 7.5 } });
  expect(two.shots[1]!.time).toEqual({ kind: 'play', from: { hours: 7.5 }, to: 'end' });
  const keys = two.shots.slice(0, 2).map((one) => (one.panels[0] as VolumePanel).camera);
  expect(keys[0]!.map(({ at, value }) => [at, value.azimuth])).toEqual([
    [0, 0],
    [1, 22.5],
  ]);
  expect(keys[1]!.map(({ at, value, ease }) => [at, value.azimuth, ease])).toEqual([
    [0, 22.5, 'linear'],
    [3, 90, undefined],
  ]);
  expect(two.shots[0]!.overlays).toEqual([]);
  expect(two.shots[1]!.overlays).toEqual([{ kind: 'caption', text: 'plating', to: 2 }]);
  expect(split(board(), 0, 0.05, () => 7.5)).toEqual(board());
});

test('values run from key to key as their ease says', () => {
  const keys = [
    { at: 0, value: { a: 0, name: 'x' }, ease: 'in' as const },
    { at: 2, value: { a: 8, name: 'y' } },
    { at: 4, value: { a: 0, name: 'z' } },
  ];
  expect(valueAt(keys, -1)).toEqual({ a: 0, name: 'x' });
  expect(valueAt(keys, 1)).toEqual({ a: 2, name: 'x' });
  expect(valueAt(keys, 3)).toEqual({ a: 4, name: 'y' });
  expect(valueAt(keys, 9)).toEqual({ a: 0, name: 'z' });
});

test('a key is set in its order; where one is, it gets the value', () => {
  const set = withKey(board(), camera, 2, place(200), 30);
  expect(set.index).toBe(1);
  expect(times(set.board)).toEqual([0, 2, 4]);
  const again = withKey(set.board, camera, 2.01, place(210), 30);
  expect(again.index).toBe(1);
  expect((keysOf(again.board, camera)[1]!.value as { azimuth: number }).azimuth).toBe(210);
  expect(times(again.board)).toEqual([0, 2, 4]);
  const clip = { ...camera, track: 'clip' as const };
  expect(keysOf(withKey(board(), clip, 1, 'all', 30).board, clip)).toEqual([{ at: 1, value: 'all' }]);
});

test('a key moves between its neighbours and within the shot', () => {
  const { board: three } = withKey(board(), camera, 2, place(200), 10);
  expect(times(movedKey(three, { ...camera, index: 1 }, 3.95, 10))).toEqual([0, 3.9, 4]);
  expect(times(movedKey(three, { ...camera, index: 1 }, -1, 10))).toEqual([0, 0.1, 4]);
  expect(times(movedKey(three, { ...camera, index: 2 }, 9, 10))).toEqual([0, 2, 4]);
});

test('keys are changed and taken away; the camera keeps its last', () => {
  const eased = changedKey(board(), { ...camera, index: 1 }, { ease: 'hold' });
  expect(keysOf(eased, camera)[1]!.ease).toBe('hold');
  const one = removedKey(board(), { ...camera, index: 0 });
  expect(times(one)).toEqual([4]);
  expect(removedKey(one, { ...camera, index: 0 })).toBe(one);
  const clip = { ...camera, track: 'clip' as const };
  const bare = removedKey(withKey(board(), clip, 1, 'all', 30).board, { ...clip, index: 0 });
  expect('clip' in bare.shots[0]!.panels[0]!).toBe(false);
});

test('panels are added under free names, renamed and taken away with what points to them', () => {
  const curve: Panel = { kind: 'curve', id: 'curve', rect: [0, 0, 1, 0.2], of: 'voltage' };
  const arrow = { kind: 'arrow' as const, panel: 'cell', at: { crack: 'first' as const } };
  const bar = { kind: 'scaleBar' as const, panel: 'curve' };
  const first: Storyboard = { version: 1, shots: [{ ...shot(), overlays: [arrow] }], overlays: [bar] };
  const both = addedPanel(first, 0, curve);
  expect(freePanelId(both, 0, 'curve')).toBe('curve 2');
  expect(freePanelId(both, 0, 'map')).toBe('map');
  const renamed = renamedPanel(both, 0, 'curve', 'U');
  expect(renamed.overlays).toEqual([{ kind: 'scaleBar', panel: 'U' }]);
  const without = removedPanel(removedPanel(both, 0, 'cell'), 0, 'curve');
  expect(without.shots[0]!.panels).toEqual([curve]);
  expect(without.shots[0]!.overlays).toBeUndefined();
  expect(without.overlays).toEqual([bar]);
});

test('overlays of a shot and of the movie are changed apart', () => {
  const changed = changedOverlay(board(), 1, 0, { text: 'cracks', to: undefined } as never);
  expect(overlaysOf(changed, 1)).toEqual([{ kind: 'caption', text: 'cracks', from: 1 }]);
  expect(overlaysOf(changed, 0)).toEqual(board().shots[0]!.overlays);
  expect(overlaysOf(changed, null)).toEqual([]);
});

test('free names', () => {
  expect(freeName('paper', [])).toBe('paper');
  expect(freeName('paper', ['paper', 'paper 2'])).toBe('paper 3');
});
