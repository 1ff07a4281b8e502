import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tiffBytes } from '../../formats/reference/tiff_bytes.ts';
import { Objects } from '../../store/objects.ts';
import { findScans, openScan } from './scans.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bring-in-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a scan that is written over while it is brought in is not taken for either', async () => {
  const path = join(folder, 'packed.tif');
  const tags = { 256: [4], 257: [3], 258: [8], 259: [8], 262: [1], 277: [1], 278: [3] };
  const bytes = tiffBytes({ pages: [1, 2].map((grey) => ({ tags, chunks: [deflateSync(Buffer.alloc(12, grey))] })) });
  await writeFile(path, bytes);
  /** Somebody writes the file again once it is being brought in. */
  class Disturbed extends Objects {
    override async begin(key: string) {
      const draft = await super.begin(key);
      await writeFile(path, bytes);
      return draft;
    }
  }
  const project = join(folder, 'cell.tomolapse');
  await mkdir(project);
  const [scan] = await findScans([path], {});
  await expect(openScan(scan!, {}, new Disturbed(project))).rejects.toThrow(
    `Cannot bring the scan in (${path}): it was changed while it was read. Do it again`,
  );
  expect(await readdir(join(project, 'objects', '.incoming'))).toEqual([]);
  expect((await openScan(scan!, {}, new Objects(project))).originals).toEqual([path]);
});
