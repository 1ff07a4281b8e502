import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { realFiles, realWithNeighbours, single } from '../specimens.ts';
import type { Specimen, Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

const target = (name: string, specimens: () => Specimen[], cases = 120): Target => ({
  name,
  specimens: async () => specimens(),
  attempt: (attempt) => readVolumes(attempt),
  cases,
});

const voxels = (bytes: number) => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 37) >> 3));
const headed = (lines: readonly string[], body: Buffer, end = '\n') =>
  Buffer.concat([Buffer.from(lines.join('\n') + end), body]);
/** Many times what it is stored in. */
const bomb = () => Buffer.concat(Array<Buffer>(64).fill(gzipSync(Buffer.alloc(2 ** 22))));

const NRRD = ['NRRD0004', '# a comment', 'type: uint16', 'dimension: 3', 'sizes: 8 6 5', 'endian: little'];

export const nrrd = target('nrrd', () => [
  single(
    'raw.nrrd',
    headed(
      [
        ...NRRD,
        'encoding: raw',
        'space: left-posterior-superior',
        'space directions: (0.5,0,0) (0,0.5,0) (0,0,2)',
        'space units: "mm" "mm" "mm"',
        '',
        '',
      ],
      voxels(480),
      '',
    ),
  ),
  single('gzip.nrrd', headed([...NRRD, 'encoding: gzip', 'spacings: 1 1 2', '', ''], gzipSync(voxels(480)), '')),
  single(
    'skipped.nrrd',
    headed(
      [...NRRD, 'encoding: raw', 'line skip: 1', 'byte skip: -1', '', ''],
      Buffer.concat([Buffer.from('one\n'), voxels(480)]),
      '',
    ),
  ),
  single('bomb.nrrd', headed([...NRRD, 'encoding: gzip', '', ''], bomb(), '')),
  {
    name: 'detached',
    open: 'volume.nhdr',
    files: [
      {
        path: 'volume.nhdr',
        bytes: headed([...NRRD, 'encoding: raw', 'data file: slice_%02d.raw 0 4 1'], Buffer.alloc(0)),
      },
      ...Array.from({ length: 5 }, (_, z) => ({ path: `slice_0${z}.raw`, bytes: voxels(96) })),
    ],
  },
  {
    name: 'listed',
    open: 'volume.nhdr',
    files: [
      {
        path: 'volume.nhdr',
        bytes: headed(
          [...NRRD, 'encoding: gz', 'data file: LIST 2', ...Array.from({ length: 5 }, (_, z) => `${z}.gz`)],
          Buffer.alloc(0),
        ),
      },
      ...Array.from({ length: 5 }, (_, z) => ({ path: `${z}.gz`, bytes: gzipSync(voxels(96)) })),
    ],
  },
  ...realFiles(/\.nrrd$/i),
  ...realWithNeighbours(/\.nhdr$/i),
]);

const META = [
  'ObjectType = Image',
  'NDims = 3',
  'BinaryData = True',
  'BinaryDataByteOrderMSB = False',
  'ElementSpacing = 0.5 0.5 2',
  'DimSize = 8 6 5',
  'ElementType = MET_USHORT',
];

export const metaimage = target('metaimage', () => [
  single('local.mha', headed([...META, 'ElementDataFile = LOCAL'], voxels(480))),
  single('packed.mha', headed([...META, 'CompressedData = True', 'ElementDataFile = LOCAL'], gzipSync(voxels(480)))),
  {
    name: 'detached',
    open: 'volume.mhd',
    files: [
      {
        path: 'volume.mhd',
        bytes: headed([...META, 'HeaderSize = -1', 'ElementDataFile = volume.raw'], Buffer.alloc(0)),
      },
      { path: 'volume.raw', bytes: voxels(500) },
    ],
  },
  {
    name: 'pattern',
    open: 'volume.mhd',
    files: [
      { path: 'volume.mhd', bytes: headed([...META, 'ElementDataFile = s%02d.raw 0 4 1'], Buffer.alloc(0)) },
      ...Array.from({ length: 5 }, (_, z) => ({ path: `s0${z}.raw`, bytes: voxels(96) })),
    ],
  },
  ...realFiles(/\.mha$/i),
]);

export const nifti = target('nifti', () => [
  single('one.nii', nii(1)),
  single('two.nii', nii(2)),
  single('packed.nii.gz', gzipSync(nii(1))),
  {
    name: 'pair',
    open: 'pair.hdr',
    files: [
      {
        path: 'pair.hdr',
        // Its voxels are the whole of the other file.
        bytes: nii(1).subarray(0, 348).fill(0, 108, 112).fill('ni1', 344, 347),
      },
      { path: 'pair.img', bytes: voxels(480) },
    ],
  },
  ...realFiles(/\.nii(\.gz)?$/i),
]);

function nii(version: 1 | 2): Buffer {
  const header = Buffer.alloc(version === 1 ? 352 : 544);
  header.writeInt32LE(version === 1 ? 348 : 540, 0);
  const dim = [3, 8, 6, 5, 1, 1, 1, 1];
  const pixdim = [1, 0.5, 0.5, 2, 1, 0, 0, 0];
  if (version === 1) {
    for (const [i, n] of dim.entries()) header.writeInt16LE(n, 40 + 2 * i);
    header.writeInt16LE(512, 70);
    header.writeInt16LE(16, 72);
    for (const [i, n] of pixdim.entries()) header.writeFloatLE(n, 76 + 4 * i);
    header.writeFloatLE(352, 108);
    header.writeFloatLE(1, 112);
    header[123] = 2;
    header.write('n+1\0', 344, 'latin1');
  } else {
    header.write('n+2\0\r\n\x1a\n', 4, 'latin1');
    header.writeInt16LE(512, 12);
    header.writeInt16LE(16, 14);
    for (const [i, n] of dim.entries()) header.writeBigInt64LE(BigInt(n), 16 + 8 * i);
    for (const [i, n] of pixdim.entries()) header.writeDoubleLE(n, 104 + 8 * i);
    header.writeBigInt64LE(544n, 168);
    header.writeInt32LE(2, 500);
  }
  return Buffer.concat([header, voxels(480)]);
}

export const npy = target('npy', () => [
  single('a.npy', npyBytes('<u2', '5, 6, 8', 480)),
  single('fortran.npy', npyBytes('>f4', '5, 6, 8', 960, true)),
  single('series.npy', npyBytes('|u1', '2, 5, 6, 8', 480)),
  single('wide.npy', npyBytes('<i8', '3, 4, 5', 480, false, 3)),
  single('stored.npz', zip(0)),
  single('packed.npz', zip(8)),
]);

function npyBytes(type: string, shape: string, bytes: number, fortran = false, version = 1): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }`.padEnd(
    version === 1 ? 117 : 115,
  );
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length + 1, 0, length.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    length,
    Buffer.from(`${text}\n`),
    voxels(bytes),
  ]);
}

/** Two arrays in an archive, as numpy.savez and savez_compressed write it. */
function zip(method: 0 | 8): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const name of ['a.npy', 'b.npy']) {
    const bytes = npyBytes('<u2', '5, 6, 8', 480);
    const stored = method === 0 ? bytes : deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(stored.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), stored]));
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, place, Buffer.from(name)]));
    at += locals.at(-1)!.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(2, 8);
  end.writeUInt16LE(2, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, listed, end]);
}
