import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, Failure } from '../../../src/core/failure.ts';
import { single } from '../specimens.ts';
import { type Attempt, Broken, type Target } from '../target.ts';

const FAULTS: readonly ((attempt: Attempt) => void | Promise<void>)[] = [
  ({ path }) => {
    throw badInput({ what: 'Cannot read the file', path, why: 'it is damaged, and told so' });
  },
  () => {
    (undefined as unknown as { length: number }).length;
  },
  () => {
    throw new Broken('the description contradicts itself');
  },
  () => {
    throw new Failure('resources', { what: 'Cannot read the file', why: 'there is not enough memory' });
  },
  ({ scratch }) => writeFileSync(join(scratch, 'left.part'), ''),
  () => void Buffer.alloc(400 * 2 ** 20, 1),
  () => process.abort(),
  () => {
    for (;;);
  },
];

/** Does on purpose what a target must not: what looks for it has to find all but the first. */
export const suspects: Target = {
  name: 'suspects',
  specimens: async () => [single('file', Buffer.from('sound'))],
  attempt: async (attempt) => {
    await FAULTS[attempt.number]!(attempt);
  },
  seconds: 4,
  cases: FAULTS.length,
};
