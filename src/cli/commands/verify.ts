import { relative, resolve } from 'node:path';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'verify',
  summary: 'Checks every stored volume and row against its checksum',
  positionals: [{ name: 'PROJECT' }],
  options: {},
  async run(given, { signal, cwd }) {
    const { openForReading } = await import('../reader.ts');
    const project = await openForReading(resolve(cwd, given.positional('PROJECT')), 'verify');
    try {
      const { checked, damage } = await project.verify(signal);
      const counts = `${checked.rows} rows and ${checked.results} results`;
      const [first] = damage;
      if (!first)
        return { document: { ok: true, checked, damage }, text: `Everything is as it was written: ${counts}.` };
      const more = damage.length > 1 ? ` (and ${damage.length - 1} more)` : '';
      const whatToDo = first.path.endsWith('project.db')
        ? 'Take it back from a backup, or create the project again over the same scans'
        : 'Run the project again: what it needs is computed again; a result it no longer needs can be removed';
      const message = `The project is damaged (${first.path}): ${first.why}${more}. ${whatToDo}.`;
      return {
        document: { error: { code: 'input', message, path: first.path }, ok: false, checked, damage },
        text: damage.map(({ path, why }) => `${relative(cwd, path)}: ${why}`).join('\n'),
        failed: { exitCode: 3, message },
      };
    } finally {
      project.close();
    }
  },
};
