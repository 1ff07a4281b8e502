import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFigures } from './figures/index.ts';
import { loadLayout } from './figures/layouts.ts';
import { analysedFrom } from './fixtures/analysed.ts';
import { fourScans } from './fixtures/results.ts';
import { readMade } from './read_made.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-made-'));
  const results = fourScans(() => null);
  // Letters that texts of PDF and TIFF cannot hold as they are, and brackets that end them.
  const cell = analysedFrom(results, { name: 'Li|µ-cell (2) \\ “é”' });
  const figures = [await loadLayout('thickness_evolution')];
  await writeFigures([cell], folder, { figures, forms: ['svg', 'pdf', 'png', 'tiff'] });
});
afterAll(() => rm(folder, { recursive: true }));

test.each(['svg', 'pdf', 'png', 'tiff'])('a %s tells what made it, alone and beside its JSON', async (ending) => {
  const file = join(folder, `thickness_evolution.${ending}`);
  const beside = await readMade(file);
  expect(beside.where).toBe(join(folder, 'thickness_evolution.json'));
  expect(beside.file).toMatchObject({ name: `thickness_evolution.${ending}`, bytes: (await readFile(file)).length });
  const alone = join(folder, `alone.${ending}`);
  await copyFile(file, alone);
  const { made, where } = await readMade(alone);
  expect(where).toBe(alone);
  expect(made.projects[0]!.name).toBe('Li|µ-cell (2) \\ “é”');
  expect(made).toMatchObject({ kind: 'figure', name: 'thickness_evolution', software: beside.made.software });
  expect(made.source).toEqual(beside.made.source);
});

test('a file of another program is refused by name', async () => {
  for (const name of ['other.pdf', 'other.svg', 'other.csv', 'other.tiff']) {
    await writeFile(join(folder, name), '%PDF-1.5 nothing');
    await expect(readMade(join(folder, name))).rejects.toThrow(
      /other\.\w+\): nothing in it or beside it tells what made it/,
    );
  }
  await expect(readMade(join(folder, 'missing.png'))).rejects.toThrow(/there is no such file/);
});

test.each([
  [{ projects: [null] }, 'projects[0]): it must be an object of named fields'],
  [{ name: '../../etc/passwd' }, 'name): it must be the name of a file'],
  [{ options: { frames: [0, -1] } }, 'options.frames[1]): it must be at least 0'],
])('a damaged record is refused with the place of the damage: %j', async (damage, told) => {
  const path = join(folder, 'damaged.json');
  const whole = JSON.parse(await readFile(join(folder, 'thickness_evolution.json'), 'utf8'));
  await writeFile(path, JSON.stringify({ ...whole, ...damage }));
  await expect(readMade(path)).rejects.toThrow(told);
});
