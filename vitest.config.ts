import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViteUserConfig } from 'vitest/config';

if (Number(process.versions.node.split('.')[0]) < 24)
  throw new Error(`The tests need Node 24, this is ${process.versions.node}. Run: npm test`);

export default {
  test: {
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
