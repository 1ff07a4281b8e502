import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Command } from '../command.ts';
import { parseCount } from '../quantities.ts';

export const command: Command = {
  name: 'reproduce',
  summary: 'Makes a figure, table or movie again from what is written in it, and tells what differs',
  positionals: [{ name: 'FILE' }],
  options: {
    on: { value: 'PROJECT', many: true, summary: 'makes the same for another cell' },
    project: {
      value: 'PROJECT',
      many: true,
      summary: 'what it was made from; found beside it, above it, or by opening',
    },
    out: { value: 'PATH', summary: 'where it goes; beside the file unless told' },
    now: { summary: 'from what the project last computed, where that is not what made the file' },
    threads: { value: 'N', summary: 'threads that read voxels; all cores unless told' },
  },
  notes: ['Ends with 0 where it came out the same, with 3 where it did not.'],
  async run(given, around) {
    const threads = given.text('threads');
    const [
      { readMade },
      { madeDifferences, csvDifferences },
      { sha256 },
      { analysedOf },
      { KINDS },
      { projectsOf },
      { asMade },
      { stillsFor },
    ] = await Promise.all([
      import('../../backend/media/read_made.ts'),
      import('../../backend/media/differences.ts'),
      import('../../backend/media/made.ts'),
      import('../../backend/media/analysed.ts'),
      import('../reproduce/kinds.ts'),
      import('../reproduce/projects.ts'),
      import('../reproduce/as_made.ts'),
      import('../stills.ts'),
    ]);
    const path = resolve(around.cwd, given.positional('FILE'));
    const on = given.list('on').map((folder) => resolve(around.cwd, folder));
    const named = given.list('project').map((folder) => resolve(around.cwd, folder));
    if (on.length > 0 && named.length > 0)
      throw new Failure('usage', {
        what: 'Cannot make the file again',
        why: '--on and --project are both given',
        whatToDo: 'Take --on for another cell, --project for the one it was made from',
      });
    const found = await readMade(path);
    const { made } = found;
    const projects = await projectsOf(made, path, on.length > 0 ? on : named);
    try {
      const contents = projects.map((project, k) => {
        const before = on.length > 0 || given.flag('now') ? null : asMade(project, made.projects[k]!);
        if (before)
          around.notice(
            `${project.directory} was computed otherwise since; what made the file is still stored and is used (--now: as it is now)`,
          );
        return before ?? project;
      });
      const numbers = await Promise.all(contents.map(analysedOf));
      // What the project was called then stands in the file; its folder may have another name now.
      const analysed = on.length > 0 ? numbers : numbers.map((one, k) => ({ ...one, name: made.projects[k]!.name }));
      const told = given.text('out');
      const out =
        told === undefined ? besidePath(path, on.length > 0 ? analysed[0]!.name : 'again') : resolve(around.cwd, told);
      const count = threads === undefined ? availableParallelism() : parseCount(threads, '--threads');
      const stills = await stillsFor(contents, count, around);
      const asked = { path, found, contents, analysed, out, stills, threads: count, around };
      const again = await KINDS[made.kind](asked);
      around.progress(null);
      const document = { file: path, again: again.files[0], kind: made.kind, name: made.name };
      if (on.length > 0)
        return { document: { ...document, on: analysed.map(({ name }) => name) }, text: again.files[0]! };

      const bytes = made.kind === 'movie' && !extname(path) ? null : await readFile(path);
      const now = bytes ? sha256(bytes) : (found.file?.sha256 ?? null);
      const same = now === again.sha256;
      const differences = same ? [] : [...madeDifferences(made, again.made), ...again.differences];
      if (!same && again.numbers !== null) {
        const before = await numbersOf(path, made.name);
        if (before !== null) differences.push(...csvDifferences(before, again.numbers));
      }
      if (!same && found.file && now !== null && now !== found.file.sha256)
        differences.push({
          what: 'the file itself',
          was: `as it was written ${found.file.sha256.slice(0, 12)}`,
          is: `changed since ${now.slice(0, 12)}`,
        });
      const summary = same
        ? 'The same, byte for byte.'
        : differences.length > 0
          ? table(differences)
          : 'Its bytes differ, and nothing that made it does.';
      return {
        document: { ...document, same, differences },
        text: `${again.files[0]}\n${summary}`,
        ...(same
          ? {}
          : {
              failed: {
                exitCode: 3,
                message: `The file came out otherwise (${path}): ${differences.length} difference${differences.length === 1 ? '' : 's'}. See the table.`,
              },
            }),
      };
    } finally {
      for (const project of projects) project.close();
    }
  },
};

/** The numbers as they stood: of a table the file itself, of a figure its CSV. */
async function numbersOf(path: string, name: string): Promise<string | null> {
  const file = path.endsWith('.csv') ? path : join(dirname(path), `${name}.csv`);
  return existsSync(file) ? await readFile(file, 'utf8') : null;
}

/** `NAME.again.png` beside `NAME.png`. */
function besidePath(path: string, word: string): string {
  const ending = extname(path) === '.json' ? '.svg' : extname(path);
  return join(dirname(path), `${basename(path, extname(path))}.${word.replace(/[/\\]/g, '_')}${ending}`);
}

/** Differences in aligned columns. */
function table(differences: readonly { what: string; was: string; is: string }[]): string {
  const rows = [['what', 'was', 'is'], ...differences.map(({ what, was, is }) => [what, was, is])];
  const widths = [0, 1].map((k) => Math.min(48, Math.max(...rows.map((row) => row[k]!.length))));
  return rows.map(([what, was, is]) => `${what!.padEnd(widths[0]!)}  ${was!.padEnd(widths[1]!)}  ${is}`).join('\n');
}
