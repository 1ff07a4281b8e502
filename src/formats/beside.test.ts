import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append, writtenBeside } from './beside.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-beside-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what a killed process left half written is taken away by the next; what others write stays', async () => {
  const killed = `const { writtenBeside } = await import(${JSON.stringify(new URL('./beside.ts', import.meta.url).href)});
    await writtenBeside(${JSON.stringify(join(folder, 'a.csv'))}, () => process.kill(process.pid, 'SIGKILL'));`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', killed]).signal).toBe('SIGKILL');
  const left = readdirSync(folder);
  expect(left).toHaveLength(1);
  const [, machine] = /\.([0-9a-f]{6})-\d+-[0-9a-f]{8}\.part$/.exec(left[0]!)!;
  const living = `.b.csv.${machine}-${process.ppid}-00000000.part`;
  const elsewhere = [`.c.csv.000000-1-00000000.part`, `.d.csv.000000-1-00000000.part`];
  for (const name of [living, ...elsewhere, 'other.part']) writeFileSync(join(folder, name), '');
  utimesSync(join(folder, elsewhere[1]!), 0, 0);
  await writtenBeside(join(folder, 'a.csv'), (file) => append(file, Buffer.from('1')));
  expect(readdirSync(folder).sort()).toEqual([living, elsewhere[0]!, 'a.csv', 'other.part'].sort());
});

test('a file is whole or not there', async () => {
  mkdirSync(join(folder, 'deep'));
  const path = join(folder, 'deep', 'a.csv');
  const broken = writtenBeside(path, async (file) => {
    await append(file, Buffer.from('half'));
    throw new Error('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(readdirSync(join(folder, 'deep'))).toEqual([]);
});
