import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

if (Number(process.versions.node.split('.')[0]) < 24)
  throw new Error(`The tests need Node 24, this is ${process.versions.node}. Run: npm test`);

/** What takes tens of seconds, the longest first. */
const LONGEST = [
  'test/fuzz/fuzz',
  'src/cli/program',
  'src/cli/demo',
  'test/faults/kill',
  'src/cli/movie',
  'src/phantom/phantom',
  'test/accuracy/runs',
  'test/accuracy/accuracy',
  'src/analysis/quality/quality',
];

/** Begins with what takes longest, so that no core is left with it alone at the end: known from earlier runs only where there were some. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default {
  test: {
    sequence: { sequencer: LongestFirst },
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // Left alone it keeps a core for a person who works beside.
    maxWorkers: '100%',
    // What the tests make the program write down.
    env: { XDG_STATE_HOME: join(tmpdir(), 'tomolapse-tests-state') },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
} satisfies ViteUserConfig;
