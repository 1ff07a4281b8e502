import type { Command } from './command.ts';

/** Every command, loaded when it is called. One line each. */
export const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  phantom: () => import('./commands/phantom.ts'),
  create: () => import('./commands/create.ts'),
  run: () => import('./commands/run.ts'),
  results: () => import('./commands/results.ts'),
  verify: () => import('./commands/verify.ts'),
  'run-step': () => import('./commands/run-step.ts'),
};
