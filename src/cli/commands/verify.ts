import { basename, relative, resolve } from 'node:path';
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
      const isDatabase = basename(first.path).startsWith('project.db');
      const whatToDo = isDatabase
        ? 'The next run puts the database right from its copy, where that is whole; else take it back from a backup'
        : 'Run the project again: what it needs is computed again; tomolapse clean removes what it no longer needs';
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
