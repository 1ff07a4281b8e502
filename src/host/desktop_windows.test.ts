import { expect, test } from 'vitest';
import type { FromStage } from '../contract/desktop.ts';
import { DesktopWindows } from './desktop_windows.ts';

test('main is asked for windows, and what it says of them is heard', async () => {
  const told: FromStage[] = [];
  const windows = new DesktopWindows('Chromium 130 of Electron 45', (message) => told.push(message));
  expect(await windows.name()).toBe('Chromium 130 of Electron 45');
  const [first, second] = [
    await windows.open('http://127.0.0.1:4000/a'),
    await windows.open('http://127.0.0.1:4000/b'),
  ];
  await first.close();
  windows.lost(1, 'late news');
  windows.lost(2, 'the page crashed (oom)');
  expect(await second.gone).toBe('the page crashed (oom)');
  expect(await Promise.race([first.gone, 'nothing was heard'])).toBe('nothing was heard');
  expect(told).toEqual([
    { kind: 'stage-open', id: 1, address: 'http://127.0.0.1:4000/a' },
    { kind: 'stage-open', id: 2, address: 'http://127.0.0.1:4000/b' },
    { kind: 'stage-close', id: 1 },
  ]);
});
