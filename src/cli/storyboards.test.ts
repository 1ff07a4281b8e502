import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStoryboard } from './storyboards.ts';

const panel = { kind: 'histogram', id: 'h', rect: [0, 0, 1, 1] };
const board = (title: string) => ({
  version: 1,
  title,
  shots: [{ seconds: 5, time: { kind: 'hold', at: 'start' }, panels: [panel] }],
});

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tomolapse-boards-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

test('a storyboard is a file, one of the project, or one that comes with the program, in this order', async () => {
  writeFileSync(join(cwd, 'file.json'), JSON.stringify(board('of the file')));
  const own = { talk: board('of the project'), paper: board('its own form'), 'file.json': board('hidden') };
  const titleOf = async (asked: string) => (await readStoryboard(asked, cwd, own)).storyboard.title;
  expect(await titleOf('file.json')).toBe('of the file');
  expect(await titleOf('talk')).toBe('of the project');
  expect(await titleOf('paper')).toBe('its own form');
  expect((await readStoryboard('slices', cwd, own)).storyboard.shots.length).toBeGreaterThan(0);
});

test('one that is not there, or wrong, is told', async () => {
  const own = { talk: board(''), wrong: { version: 1, shots: [] } };
  await expect(readStoryboard('tolk', cwd, own)).rejects.toThrow('Did you mean talk?');
  await expect(readStoryboard('wrong', cwd, own)).rejects.toThrow(/wrong, shots/);
});
