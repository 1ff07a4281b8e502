import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { suspects } from './targets/suspects.ts';
import { targets } from './targets.ts';

/** Always the same cases; `npm run fuzz` takes others. */
const SEED = 1;

describe('damaged files are read, or refused in one line', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    const { executions, specimens, findings } = await campaign({ target, seed: SEED, cases: target.cases });
    expect(findings).toEqual([]);
    if (specimens > 0) expect(executions).toBe(target.cases);
  });
});

test('whatever a target does wrong is found, and the cases after it are tried', async () => {
  const { executions, findings } = await campaign({ target: suspects, seed: SEED, cases: suspects.cases });
  expect(executions).toBe(suspects.cases);
  expect(findings.map((finding) => [finding.case, finding.what.split('\n')[0]])).toEqual([
    [1, 'an error of code internal'],
    [2, 'the description contradicts itself'],
    [3, 'it asked for memory that is not there'],
    [4, 'it left left.part'],
    [5, expect.stringMatching(/^it took [34]\d\d MB beyond/)],
    [6, expect.stringMatching(/^the process ended/)],
    [7, 'it took longer than 4 s'],
  ]);
});

test('a case is the same bytes on every machine, and damaged', () => {
  const sound = Buffer.from('II*\0\b\0\0\0'.padEnd(200, 'x'), 'latin1');
  const cases = (seed: number) => Array.from({ length: 50 }, (_, i) => mutated(sound, new Random('a', seed, i)));
  expect(cases(1)).toEqual(cases(1));
  expect(cases(1)).not.toEqual(cases(2));
  expect(cases(1).filter((bytes) => bytes.equals(sound)).length).toBeLessThan(20);
});
