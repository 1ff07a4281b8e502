import type { Command } from './command.ts';

export type Commands = Readonly<Record<string, () => Promise<{ command: Command }>>>;

/** Every command, loaded when it is called. One line each. */
export const commands: Commands = {
  demo: () => import('./commands/demo.ts'),
  info: () => import('./commands/info.ts'),
  phantom: () => import('./commands/phantom.ts'),
  create: () => import('./commands/create.ts'),
  run: () => import('./commands/run.ts'),
  serve: () => import('./commands/serve.ts'),
  start: () => import('./commands/start.ts'),
  results: () => import('./commands/results.ts'),
  export: () => import('./commands/export.ts'),
  movie: () => import('./commands/movie.ts'),
  reproduce: () => import('./commands/reproduce.ts'),
  verify: () => import('./commands/verify.ts'),
  clean: () => import('./commands/clean.ts'),
  doctor: () => import('./commands/doctor.ts'),
  'run-step': () => import('./commands/run-step.ts'),
};
