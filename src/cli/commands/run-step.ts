import type { Command } from '../command.ts';

export const command: Command = {
  name: 'run-step',
  hidden: true,
  summary: 'Takes steps from the program that started it, one after another',
  positionals: [],
  options: {},
  async run() {
    const { takeTasks } = await import('../../backend/jobs/runner.ts');
    takeTasks();
    return await new Promise<never>(() => undefined);
  },
};
