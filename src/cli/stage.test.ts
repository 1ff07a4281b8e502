import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeProject } from '../backend/app/fixtures/project.ts';
import { asItIs, drawStills, type ReadProject } from '../backend/app/index.ts';
import { findBrowser } from '../backend/media/programs.ts';
import type { Shot } from '../core/movie/storyboard.ts';
import { Project } from '../store/project.ts';
import { withStageOf } from './stage.ts';

const PAGE = fileURLToPath(new URL('../backend/app/stage/fixtures/page', import.meta.url));
const there = (await findBrowser()) !== null;

let folder: string;
let cell: ReadProject;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-stills-'));
  const project = new Project(await writeProject(folder, true), { command: 'test', writes: false });
  cell = asItIs(project);
  project.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const around = { signal: new AbortController().signal, notice: () => undefined, progress: () => undefined };
const shot = (seconds: number): Shot => ({
  seconds,
  time: { kind: 'hold', at: 'start' },
  panels: [{ id: 'a', kind: 'slice', axis: 'z', rect: [0, 0, 1, 1] }],
});

describe.skipIf(!there)('stills', () => {
  test('are one picture a shot, in order, however long a shot lasts', async () => {
    const shots = [shot(0.1), shot(12), { ...shot(3), transition: { kind: 'fade' as const, seconds: 2 } }];
    const pictures = await withStageOf(PAGE, 1, (door) => drawStills([cell], shots, { size: [65, 33] }, around, door));
    expect(pictures.map(({ width, height, pixels }) => [width, height, pixels.length])).toEqual(
      Array(3).fill([65, 33, 65 * 33 * 3]),
    );
    // The page shows a frame's number in blocks: the first four bits.
    const numbers = pictures.map(({ pixels }) =>
      [0, 1, 2, 3].reduce((sum, bit) => sum + (pixels[(5 * 65 + 4 * bit + 2) * 3]! > 128 ? 2 ** bit : 0), 0),
    );
    expect(numbers).toEqual([0, 1, 2]);
  });

  test('of what is not there are refused, of nothing are none', async () => {
    const wrong = { ...shot(1), time: { kind: 'hold' as const, at: { scan: 7 } } };
    const drawn = (shots: Shot[]) =>
      withStageOf(PAGE, 1, (door) => drawStills([cell], shots, { size: [64, 64] }, around, door));
    await expect(drawn([wrong])).rejects.toThrow(/shots\[0\]\.time\.at/);
    expect(await drawn([])).toEqual([]);
  });
});
