import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amira-'));
});
afterAll(() => rm(folder, { recursive: true }));

const voxels = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i * 1000).buffer);

function amiraBytes(
  data: Buffer,
  { how = 'BINARY-LITTLE-ENDIAN 2.1', type = 'ushort', at = '@1', size = '4 3 2', unit = '"µm"' } = {},
): Buffer {
  const units = unit ? `    Units {\n        Coordinates ${unit}\n    }\n` : '';
  const header = `# AmiraMesh ${how}\n\n\ndefine Lattice ${size}\n\nParameters {\n${units}    Content "4x3x2 ushort, uniform coordinates",\n    BoundingBox 0 1.95 0 1.3 10 11.5,\n    CoordType "uniform"\n}\n\nLattice { ${type} Data } ${at}\n\n# Data section follows\n@1\n`;
  return Buffer.concat([Buffer.from(header), data, Buffer.from('\n')]);
}

async function described(name: string, bytes: Buffer): Promise<VolumeDescription> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return (await describeFile(path)) as VolumeDescription;
}

/** Runs of equal bytes, and literals of up to 127. */
function runs(bytes: Buffer): Buffer {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    let run = 1;
    while (run < 127 && bytes[i + run] === bytes[i]) run++;
    if (run > 1) out.push(run, bytes[i]);
    else {
      out.push(129, bytes[i]);
    }
    i += run;
  }
  return Buffer.from(out);
}

describe("Amira's lattice", () => {
  it('is mapped, in either order of bytes, with its voxel size', async () => {
    const little = await described('little.am', amiraBytes(voxels));
    const big = await described(
      'big.am',
      amiraBytes(Buffer.from(voxels).swap16(), { how: '3D BINARY 2.0', unit: '"um"' }),
    );
    for (const description of [little, big]) {
      expect(description).toMatchObject({
        kind: 'volume',
        format: 'amira',
        datasets: [{ shape: [2, 3, 4], type: 'uint16', mapped: true }],
      });
      expect(description.datasets[0]).toMatchObject({
        voxelSizeUm: [1.5, 0.65, 0.65],
        voxelSizeFrom: 'Amira BoundingBox',
      });
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
    }
    const bare = await described('bare.am', amiraBytes(voxels, { unit: '' }));
    expect(bare.datasets[0].voxelSizeUm).toBeNull();
    expect(bare.notes).toEqual([expect.stringMatching(/without a unit/)]);
  });

  it('that is compressed or text is brought in', async () => {
    const zipped = deflateSync(voxels);
    const zip = await described('zip.am', amiraBytes(zipped, { at: `@1(HxZip,${zipped.length})` }));
    const grey = Buffer.from([...Buffer.alloc(300, 7), 1, 2, 3, 4, ...Buffer.alloc(56, 9)]);
    const folded = runs(grey);
    const rle = await described(
      'rle.am',
      amiraBytes(folded, { type: 'byte', size: '12 10 3', at: `@1(HxByteRLE,${folded.length})` }),
    );
    const text = await described(
      'text.am',
      amiraBytes(Buffer.from([...new Uint16Array(voxels.buffer, voxels.byteOffset, 24)].join('\n')), {
        how: '3D ASCII 2.0',
      }),
    );
    for (const description of [zip, text]) expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
    expect(rle.datasets[0]).toMatchObject({ shape: [3, 10, 12], compression: 'HxByteRLE', mapped: false });
    expect((await voxelBytesOf(rle)).equals(grey)).toBe(true);
    expect((await decodedBytesOf(rle, undefined, 0, [2, 3])).equals(grey.subarray(240))).toBe(true);
  });

  it.each<[string, Buffer, RegExp]>([
    ['cut short', amiraBytes(voxels).subarray(0, -9), /its voxels need 48 bytes/],
    ['cut in its header', amiraBytes(voxels).subarray(0, 100), /header does not end/],
    ['a mesh', amiraBytes(voxels, { size: '4' }), /no lattice of three axes/],
    ['of an unknown codec', amiraBytes(voxels, { at: '@1(HxLossy,48)' }), /stored as HxLossy/],
    ['of more compressed bytes than there are', amiraBytes(voxels, { at: '@1(HxZip,4800)' }), /reach to byte/],
    [
      'larger than its compressed bytes',
      amiraBytes(voxels, { size: '4000 3000 2000', at: '@1(HxZip,48)' }),
      /cannot hold/,
    ],
    ['larger than can be', amiraBytes(voxels, { size: '4000000000 4000000000 4' }), /cannot be/],
  ])('%s is refused in one line', async (name, bytes, why) => {
    await expect(described(`${name}.am`, bytes)).rejects.toThrow(why);
  });

  it('of vectors is told and refused', async () => {
    expect((await described('v.am', amiraBytes(voxels, { type: 'float[3]' }))).datasets[0].refused).toMatch(
      /vectors of 3/,
    );
  });
});
