import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../contract/errors.ts';
import { Refusal } from './reply.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.gif': 'image/gif',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.pdf': 'application/pdf',
  '.tiff': 'image/tiff',
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

/** What was exported: a file, or the folder of a sequence of pictures. */
export interface Exported {
  name: string;
  path: string;
  kind: 'file' | 'folder';
  bytes: number | null;
  /** When it was written, ISO 8601. */
  at: string;
}

/** The folder of a project that exports go into unless told. */
export const exportsOf = (project: string): string => join(project, 'exports');

/** What lies in the folder, newest first; what is hidden, and the records beside, are left out. */
export async function exported(project: string): Promise<Exported[]> {
  const folder = exportsOf(project);
  const names: string[] = await readdir(folder).catch(() => []);
  const shown = names.filter(
    (name) => !name.startsWith('.') && !(name.endsWith('.json') && names.includes(name.slice(0, -5))),
  );
  const found = await Promise.all(
    shown.map(async (name): Promise<Exported[]> => {
      const path = join(folder, name);
      const status = await stat(path).catch(() => null);
      if (!status?.isFile() && !status?.isDirectory()) return [];
      const kind = status.isFile() ? 'file' : 'folder';
      return [{ name, path, kind, bytes: status.isFile() ? status.size : null, at: status.mtime.toISOString() }];
    }),
  );
  return found.flat().sort((a, b) => b.at.localeCompare(a.at) || a.name.localeCompare(b.name));
}

/** A file of the folder, to be kept by whoever asks. Throws a Refusal 404 where there is none of the name. */
export async function exportedFile(project: string, name: string): Promise<Response> {
  const path = join(exportsOf(project), name);
  const status = /^[^/\\]+$/.test(name) && !name.startsWith('.') ? await stat(path).catch(() => null) : null;
  if (!status?.isFile())
    throw new Refusal(404, new Failure('usage', { what: 'Cannot send the file', why: `there is no export ${name}` }));
  return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'content-length': String(status.size),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'cache-control': 'no-store',
    },
  });
}
