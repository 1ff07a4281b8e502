import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../src/phantom/random.ts';
import { resultsIn, writeCell } from './cell.ts';
import { Trial } from './trial.ts';

const KILLS = 10;
let trial: Trial;
beforeAll(() => {
  trial = new Trial();
});
afterAll(() => trial.remove());

test(`a run that is killed ${KILLS} times with all its processes ends with the same bytes`, async () => {
  const { sources } = await writeCell(trial, { scans: 2 });
  const [whole, killed] = [trial.at('whole.tomolapse'), trial.at('killed.tomolapse')];
  for (const project of [whole, killed]) expect((await trial.call(['create', project, ...sources])).status).toBe(0);
  const undisturbed = await trial.call(['run', whole, '--json']);
  const { computed } = JSON.parse(undisturbed.stdout) as { computed: number };

  // Later kills find more done, so all of them together take about as long as the run.
  const chance = random(1, 'ten kills');
  let kills = 0;
  for (let k = 0; k < KILLS; k++) {
    const killAfterMs = 150 + 1000 * undisturbed.seconds * chance.uniform(0, 0.2);
    if ((await trial.call(['run', killed], { killAfterMs })).status === 'SIGKILL') kills++;
    expect(await trial.processes()).toEqual([]);
  }
  expect(kills).toBeGreaterThan(KILLS / 2);
  expect(await trial.call(['verify', killed])).toMatchObject({ status: 0 });

  const last = await trial.call(['run', killed, '--json']);
  expect(last).toMatchObject({ status: 0 });
  const summary = JSON.parse(last.stdout) as { computed: number; stored: number };
  expect(summary.computed + summary.stored).toBe(computed);
  expect(resultsIn(killed)).toEqual(resultsIn(whole));
  const numbers = async (project: string) => (await trial.call(['results', project, '--json'])).stdout;
  expect(await numbers(killed)).toBe(await numbers(whole));
  expect(await trial.call(['verify', killed])).toMatchObject({ status: 0 });
  expect(readdirSync(killed).sort()).toEqual([
    'exports',
    'objects',
    'project.db',
    'project.db.copy',
    'project.db.sha256',
  ]);
  expect(existsSync(`${killed}/objects/.incoming`)).toBe(false);
  expect(trial.leaked()).toEqual([]);
});
