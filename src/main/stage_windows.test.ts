import { expect, test } from 'vitest';
import type { ToHost } from '../contract/desktop.ts';
import { StageWindows } from './stage_windows.ts';

/** Windows as they would be, and what was done with them. */
function opened() {
  const done: string[] = [];
  const told: ToHost[] = [];
  const crash: ((why: string) => void)[] = [];
  const windows = new StageWindows(
    () => ({
      load: async (address) => {
        done.push(`load ${address}`);
        if (address.endsWith('nowhere')) throw new Error('ERR_CONNECTION_REFUSED');
      },
      onGone: (hear) => crash.push(hear),
      close: () => done.push('close'),
    }),
    (message) => told.push(message),
    (address) => address.startsWith('http://127.0.0.1:4000/'),
  );
  return { windows, done, told, crash };
}
const address = 'http://127.0.0.1:4000/stage.html?work=a';

test('a window that draws is opened and closed when the host asks', () => {
  const { windows, done, told } = opened();
  windows.hear({ kind: 'stage-open', id: 1, address });
  windows.hear({ kind: 'stage-open', id: 2, address: `${address}2` });
  windows.hear({ kind: 'stage-close', id: 1 });
  windows.hear({ kind: 'stage-close', id: 1 });
  expect(done).toEqual([`load ${address}`, `load ${address}2`, 'close']);
  windows.closeAll();
  expect(done).toHaveLength(4);
  expect(told).toEqual([]);
});

test('one that crashes or finds no page is closed and told of', async () => {
  const { windows, done, told, crash } = opened();
  windows.hear({ kind: 'stage-open', id: 1, address });
  crash[0]!('oom');
  windows.hear({ kind: 'stage-open', id: 2, address: 'http://127.0.0.1:4000/nowhere' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(done.filter((what) => what === 'close')).toHaveLength(2);
  expect(told).toEqual([
    { kind: 'stage-gone', id: 1, why: 'the page crashed (oom)' },
    { kind: 'stage-gone', id: 2, why: 'the page does not open: ERR_CONNECTION_REFUSED' },
  ]);
});

test('pages of others are not opened', () => {
  const { windows, done, told } = opened();
  windows.hear({ kind: 'stage-open', id: 1, address: 'https://example.org/' });
  expect([done, told]).toEqual([[], [{ kind: 'stage-gone', id: 1, why: 'the page is not one of the host' }]]);
});
