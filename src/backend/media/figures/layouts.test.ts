import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadLayout } from './layouts.ts';

const layout = { version: 1, rows: [[{ kind: 'efficiency' }]] };

test('a name is one of the project first, then one of the program', async () => {
  expect((await loadLayout('crack_curve')).layout.needs).toBe('cracks');
  expect(await loadLayout('crack_curve', { crack_curve: layout })).toMatchObject({ name: 'crack_curve', layout });
  await expect(loadLayout('crack_curv')).rejects.toThrow(
    /\(crack_curv\): no figure of that name .* Did you mean crack_curve\?/,
  );
  await expect(loadLayout('mine', { mine: { version: 2 } })).rejects.toThrow(/\(mine, version\): it must be 1/);
});

test('a file is named by its own name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layouts-'));
  try {
    const path = join(folder, 'figure 3.json');
    await writeFile(path, JSON.stringify(layout));
    expect(await loadLayout(path)).toEqual({ name: 'figure 3', path, layout });
    await expect(loadLayout(join(folder, 'none.json'))).rejects.toThrow(/none\.json\): there is no such file/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
