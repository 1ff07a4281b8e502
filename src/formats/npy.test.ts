import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, importVolume, needsImport, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

function npyBytes(descr: string, shape: readonly number[], voxels: Uint8Array, fortran = false, version = 1): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const quoted = descr.startsWith('[') ? descr : `'${descr}'`;
  const text = `{'descr': ${quoted}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const start = version === 1 ? 10 : 12;
  const padded = `${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(padded.length, 0, length.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(padded),
    voxels,
  ]);
}

/** An archive; `large` gives sizes and places as archives of more than 4 GB do. */
function zipBytes(files: Record<string, Buffer>, method: 0 | 8, large = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const stored = method === 0 ? bytes : deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(stored.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), stored]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(large ? 0xffffffff : at, 10);
    const extra = large ? longs([1, 0, 24, 0], [bytes.length, stored.length, at]) : Buffer.alloc(0);
    if (large) {
      common.writeUInt32LE(0xffffffff, 14);
      common.writeUInt32LE(0xffffffff, 18);
      common.writeUInt16LE(extra.length, 24);
    }
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, place, Buffer.from(name), extra]));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(large ? 0xffff : parts.length, 8);
  end.writeUInt16LE(large ? 0xffff : parts.length, 10);
  end.writeUInt32LE(large ? 0xffffffff : listed.length, 12);
  end.writeUInt32LE(large ? 0xffffffff : at, 16);
  if (!large) return Buffer.concat([...parts, listed, end]);
  const record = longs(
    [...Buffer.from('PK\x06\x06')],
    [44, 0x2d002d, 0, parts.length, parts.length, listed.length, at],
  );
  // The second number is two versions and the number of this disk, in eight bytes.
  const fixed = Buffer.concat([record.subarray(0, 16), Buffer.alloc(8), record.subarray(28)]);
  const locator = Buffer.concat([
    Buffer.from('PK\x06\x07'),
    Buffer.alloc(4),
    longs([], [at + listed.length]),
    Buffer.from([1, 0, 0, 0]),
  ]);
  return Buffer.concat([...parts, listed, fixed, locator, end]);
}

/** Bytes, then numbers of 64 bits. */
function longs(bytes: readonly number[], numbers: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(bytes), Buffer.from(BigUint64Array.from(numbers, BigInt).buffer)]);
}

async function saved(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const described = async (name: string, bytes: Uint8Array) =>
  (await describeFile(await saved(name, bytes))) as VolumeDescription;

const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const counted = Uint16Array.from({ length: 24 }, (_, i) => i * 1000);

describe('a NumPy array', () => {
  it.each([1, 2, 3])('of version %i is mapped where it lies', async (version) => {
    const description = await described('plain.npy', npyBytes('<u2', [2, 3, 4], bytesOf(counted), false, version));
    expect(description).toMatchObject({
      kind: 'volume',
      format: 'npy',
      datasets: [{ shape: [2, 3, 4], type: 'uint16', byteOrder: 'little', compression: 'none', mapped: true }],
    });
    expect(volumeSource(description).segments[0]).toMatchObject({ rows: 6 });
    expect((await voxelBytesOf(description)).equals(bytesOf(counted))).toBe(true);
  });

  it('may have its highest byte first, four axes, or one slice', async () => {
    const swapped = Buffer.from(bytesOf(counted)).swap16();
    const series = await described('series.npy', npyBytes('>u2', [2, 3, 2, 2], swapped));
    expect(series.datasets[0]).toMatchObject({ shape: [2, 3, 2, 2], byteOrder: 'big', mapped: true });
    expect((await voxelBytesOf(series, undefined, 1)).equals(bytesOf(counted.subarray(12)))).toBe(true);
    expect((await decodedBytesOf(series, undefined, 1)).equals(bytesOf(counted.subarray(12)))).toBe(true);
    expect(await described('slice.npy', npyBytes('<u2', [4, 6], bytesOf(counted)))).toMatchObject({
      kind: 'image',
      datasets: [{ shape: [1, 4, 6] }],
    });
  });

  it('in Fortran order keeps its axes; it is brought in', async () => {
    const [z, y, x] = [2, 3, 4];
    const stored = Uint16Array.from(
      { length: 24 },
      (_, i) => counted[((i % z) * y + (Math.floor(i / z) % y)) * x + Math.floor(i / z / y)],
    );
    const file = npyBytes('>u2', [z, y, x], Buffer.from(bytesOf(stored)).swap16(), true);
    for (const [name, bytes] of Object.entries({ 'f.npy': file, 'f.npz': zipBytes({ 'f.npy': file }, 8) })) {
      const description = await described(name, bytes);
      expect(description.datasets[0]).toMatchObject({ shape: [z, y, x], mapped: false });
      expect(needsImport(description)).toBe(true);
      expect((await decodedBytesOf(description)).equals(bytesOf(counted))).toBe(true);
      expect((await decodedBytesOf(description, undefined, 0, [1, 2])).equals(bytesOf(counted.subarray(12)))).toBe(
        true,
      );
    }
    await expect(described('f4.npy', npyBytes('<u2', [2, 3, 2, 2], bytesOf(counted), true))).resolves.toMatchObject({
      datasets: [{ refused: expect.stringMatching(/ascontiguousarray/) }],
    });
  });

  it('of halves, long integers or truth values is widened', async () => {
    const long = BigInt64Array.of(-5n, 7n, 2n ** 40n, 0n);
    const description = await described('long.npy', npyBytes('<i8', [1, 2, 2], bytesOf(long)));
    expect(description.datasets[0]).toMatchObject({ type: 'int64', mapped: false });
    const source = await importVolume(description, undefined, join(folder, 'long.raw'));
    expect(source.type).toBe('float64');
    const file = await open(source.segments[0].path);
    expect(new Float64Array((await file.readFile()).buffer)).toEqual(Float64Array.of(-5, 7, 2 ** 40, 0));
    await file.close();
    expect(
      (await described('bool.npy', npyBytes('|b1', [1, 2, 2], Buffer.from([1, 0, 1, 1])))).datasets[0],
    ).toMatchObject({
      type: 'bool',
    });
  });

  it.each([
    ['<c8', /complex64/],
    ['|S4', /type \|S4/],
    ["[('grey', '<u2')]", /type structured/],
    ['|O', /type \|O/],
  ])('of %s is described and refused', async (descr, refused) => {
    const description = await described('other.npy', npyBytes(descr, [1, 2, 2], Buffer.alloc(64)));
    expect(description.datasets[0].refused).toMatch(refused);
  });

  it.each<[string, Buffer, RegExp]>([
    ['cut short', npyBytes('<u2', [2, 3, 4], bytesOf(counted)).subarray(0, 150), /need 48 bytes after a header of 128/],
    ['too large to be', npyBytes('<u2', [2 ** 31, 2 ** 31, 9], Buffer.alloc(9)), /cannot be/],
    ['larger than its file', npyBytes('<u2', [2 ** 20, 2 ** 20, 9], Buffer.alloc(9)), /and the file has/],
    ['of no size', npyBytes('<u2', [-1, 3, 4], Buffer.alloc(9)), /shape is said to be/],
    ['cut in its header', npyBytes('<u2', [2, 3, 4], Buffer.alloc(9)).subarray(0, 60), /ends in its header/],
    ['of version 9', npyBytes('<u2', [2, 3, 4], Buffer.alloc(9), false, 9), /version is 9/],
  ])('%s is refused', async (_, bytes, why) => {
    await expect(described('damaged.npy', bytes)).rejects.toThrow(why);
  });
});

describe('an archive of NumPy arrays', () => {
  const file = npyBytes('<u2', [2, 3, 4], bytesOf(counted));
  const other = npyBytes('<f4', [], Buffer.alloc(4));

  it('maps what is stored and brings in what is deflated', async () => {
    for (const method of [0, 8] as const) {
      const description = await described(
        `scan${method}.npz`,
        zipBytes({ 'scan.npy': file, 'pixel_size.npy': other }, method),
      );
      expect(description.datasets).toMatchObject([
        { name: 'scan', shape: [2, 3, 4], mapped: method === 0 },
        { name: 'pixel_size', refused: 'it has 0 axes, not 3 or 4' },
      ]);
      expect((await voxelBytesOf(description)).equals(bytesOf(counted))).toBe(true);
      expect((await decodedBytesOf(description, 'scan', 0, [1, 2])).equals(bytesOf(counted.subarray(12)))).toBe(true);
    }
  });

  it('asks which of two arrays is meant', async () => {
    const two = await described('two.npz', zipBytes({ 'a.npy': file, 'b.npy': file }, 8));
    expect(() => volumeSource(two)).toThrow(/Choose one with --dataset: a, b/);
    expect((await voxelBytesOf(two, 'b')).equals(bytesOf(counted))).toBe(true);
  });

  it('that is damaged is refused', async () => {
    const whole = zipBytes({ 'scan.npy': file }, 8);
    const saysMore = Buffer.from(whole);
    saysMore.writeUInt32LE(2 ** 31, whole.length - 22 + 12);
    await expect(described('a.npz', saysMore)).rejects.toThrow(/directory is said to have/);
    await expect(described('b.npz', whole.subarray(0, whole.length - 30))).rejects.toThrow(/directory is missing/);
    await expect(described('c.npz', zipBytes({ 'scan.txt': file }, 8))).rejects.toThrow(/no NumPy array in it/);
    const bomb = zipBytes({ 'scan.npy': npyBytes('<u2', [2000, 2000, 2000], Buffer.alloc(100)) }, 8);
    await expect(described('d.npz', bomb)).rejects.toThrow(/cannot hold/);
    const torn = await described('e.npz', Buffer.from(whole).fill(0xff, 60, 90)).catch((error: Error) => error);
    expect(torn).toMatchObject({ message: expect.stringMatching(/deflate bytes are damaged|does not begin like one/) });
    const ends = await described('f.npz', zipBytes({ 'scan.npy': file.subarray(0, 150) }, 8));
    await expect(decodedBytesOf(ends)).rejects.toThrow(/give 22 bytes of 48 bytes/);
  });

  it('of more than 4 GB has its sizes elsewhere', async () => {
    for (const method of [0, 8] as const) {
      const description = await described(
        `large${method}.npz`,
        zipBytes({ 'a.npy': other, 'scan.npy': file }, method, true),
      );
      expect((await voxelBytesOf(description, 'scan')).equals(bytesOf(counted))).toBe(true);
    }
  });

  it.skipIf(!existsSync('/usr/bin/python3'))('is read as NumPy writes it', async () => {
    const path = join(folder, 'numpy.npz');
    const program = `
import sys, numpy
numpy.savez_compressed(sys.argv[1], scan=numpy.frombuffer(sys.stdin.buffer.read(), '<u2').reshape(2, 3, 4), pixel=1.5)`;
    execFileSync('/usr/bin/python3', ['-c', program, path], { input: bytesOf(counted) });
    expect((await voxelBytesOf(await describeFile(path))).equals(bytesOf(counted))).toBe(true);
  });
});
