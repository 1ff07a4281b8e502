import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Broken, type Specimen, type Target } from '../target.ts';
import { metaimage, nifti, npy, nrrd } from './formats.ts';
import { hdf5 } from './hdf5.ts';
import { records, written } from './records.ts';
import { tiff } from './tiff.ts';
import { zarr } from './zarr.ts';
import { zeiss } from './zeiss.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');
const RECORDS = new Set(written().map(({ open }) => open));
/** Specimens of a format, so that one of many files is not all that is tried. */
const OF_EACH = 12;
/** Done, bad input, not enough memory or disk. */
const ENDS = [0, 3, 5];

/** The program itself on damaged files: its exit code, its one line, its JSON, and what it leaves behind. */
export const cli: Target = {
  name: 'cli',
  specimens: async () => {
    const formats = [tiff, hdf5, zeiss, nrrd, metaimage, nifti, npy, zarr, records];
    const all = await Promise.all(formats.map((format) => format.specimens()));
    return all.flatMap((some): readonly Specimen[] => some.slice(0, OF_EACH));
  },
  attempt: async ({ path, scratch, random }) => {
    const project = join(scratch, 'cell.tomolapse');
    const name = path.split('/').at(-1)!;
    const words = RECORDS.has(name)
      ? ['reproduce', path, '--out', join(scratch, `again${extname(path)}`)]
      : random.pick([
          ['info', path],
          ['create', project, '--scans', path, '--voxel-size', '1um'],
        ]);
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words, '--json'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, HOME: scratch, XDG_STATE_HOME: join(scratch, '..', 'state'), NO_COLOR: '1' },
    });
    const said = `${words[0]} ended with ${status ?? signal} and said: ${stderr.slice(0, 500)}`;
    if (status === null || !ENDS.includes(status)) throw new Broken(said);
    const lines = stderr.split('\n').filter((line) => line.startsWith('error: '));
    if (lines.length !== (status === 0 ? 0 : 1)) throw new Broken(`${lines.length} lines of error: ${said}`);
    const document = parsed(stdout, said);
    if (status !== 0) checkError(document, said);
    if (status === 0) rmSync(project, { recursive: true, force: true });
    const left = readdirSync(scratch);
    if (left.length > 0) throw new Broken(`it left ${left.join(', ')}: ${said}`);
  },
  cases: 16,
};

function parsed(stdout: string, said: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Broken(`stdout is not one JSON document: ${stdout.slice(0, 200)}; ${said}`);
  }
}

function checkError(document: unknown, said: string): void {
  const { error } = document as { error?: { code?: unknown; message?: unknown } };
  if (!['input', 'resources'].includes(String(error?.code)) || typeof error?.message !== 'string')
    throw new Broken(`its JSON does not tell the error: ${said}`);
}
