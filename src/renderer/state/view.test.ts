import { expect, test } from 'vitest';
import { broughtBack, FIRST_VIEW, keptView, restoredView } from './view.ts';

test('a view comes back as left, and not what was under way', () => {
  const left = { ...FIRST_VIEW, scan: 3, crosshair: [1, 2, 3] as [number, number, number], playing: true, speed: 8 };
  const back = restoredView(JSON.parse(JSON.stringify(keptView(left))), 5);
  expect(back).toMatchObject({ scan: 3, crosshair: [1, 2, 3], playing: false, speed: 8 });
});

test('what no longer fits is left out', () => {
  expect(restoredView({ scan: 9 }, 4).scan).toBe(3);
  expect(restoredView({ scan: 'x', speed: 'fast' }, 4)).toMatchObject({ scan: 0, speed: FIRST_VIEW.speed });
  expect(restoredView(null, 0).scan).toBe(0);
  expect(restoredView('nonsense', 2)).toEqual(FIRST_VIEW);
});

test('a scan that was stepped to while the view was asked for stays', () => {
  const back = { ...FIRST_VIEW, speed: 8 };
  expect(broughtBack(back, FIRST_VIEW, { ...FIRST_VIEW, scan: 1 })).toMatchObject({ speed: 8 });
  expect(broughtBack(back, FIRST_VIEW, { ...FIRST_VIEW, scan: 1 })).not.toHaveProperty('scan');
});
