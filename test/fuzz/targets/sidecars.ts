import { deflateSync } from 'node:zlib';
import type { Specimen, Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

/** Raw voxels with the texts that programs write beside them, and Amira's lattices. */
export const sidecars: Target = {
  name: 'sidecars',
  specimens: async () => [...beside(), ...lattices()],
  attempt: (attempt) => readVolumes(attempt),
  cases: 150,
};

const voxels = Buffer.from(Uint8Array.from({ length: 480 }, (_, i) => (i * 37) >> 3));

function beside(): Specimen[] {
  const texts: [string, string, string][] = [
    ['a.vol', 'a.vol.info', 'NUM_X = 8\nNUM_Y = 6\nNUM_Z = 5\nvoxelSize = 0.65\nBYTEORDER = LOWBYTEFIRST\n'],
    [
      'a.vol',
      'a.vol.xml',
      '<a><SUBVOLUME_NAME>a.vol</SUBVOLUME_NAME><SIZEX>8</SIZEX><SIZEY>6</SIZEY><SIZEZ>5</SIZEZ></a>',
    ],
    [
      'a.vol',
      'a.vgi',
      '{volume1}\n[file1]\nSize = 8 6 5\nName = a.vol\nDatatype = unsigned integer\nBitsPerElement = 16\n[geometry]\nresolution = 0.1 0.1 0.1\nunit = mm\n',
    ],
    ['a.vol', 'a.pcr', '[VolumeData]\nVolume_SizeX=8\nVolume_SizeY=6\nVolume_SizeZ=5\nFormat=5\nVoxelSizeRec=0.001\n'],
    [
      'a.img',
      'a.hdr',
      'ENVI\nsamples = 8\nlines = 6\nbands = 5\nheader offset = 0\ndata type = 12\ninterleave = bsq\nbyte order = 0\n',
    ],
    ['a.raw', 'a.dat', 'ObjectFileName: a.raw\nResolution: 8 6 5\nSliceThickness: 1 1 1\nFormat: USHORT\n'],
    ['a.bin', 'a.bov', 'DATA_FILE: a.bin\nDATA_SIZE: 8 6 5\nDATA_FORMAT: SHORT\nDATA_ENDIAN: LITTLE\nBYTE_OFFSET: 0\n'],
    ['a.raw', 'a.raw.json', '{"shape": [5, 6, 8], "dtype": "<u2", "voxel_size": [1, 1, 1], "unit": "um"}'],
  ];
  return texts.flatMap(([body, header, told]) =>
    [body, header].map((open) => ({
      name: `${header} by ${open}`,
      open,
      files: [
        { path: header, bytes: Buffer.from(told) },
        { path: body, bytes: voxels },
      ],
    })),
  );
}

function lattices(): Specimen[] {
  const zipped = deflateSync(voxels);
  const runs = Buffer.concat(Array.from({ length: 4 }, () => Buffer.from([60, 7, 188, ...voxels.subarray(0, 60)])));
  const ways: [string, string, Buffer][] = [
    ['ushort', '@1', voxels],
    ['ushort', `@1(HxZip,${zipped.length})`, zipped],
    ['ushort', `@1(HxByteRLE,${runs.length})`, runs],
  ];
  return ways.map(([type, at, data]) => ({
    name: at,
    open: 'a.am',
    files: [
      {
        path: 'a.am',
        bytes: Buffer.concat([
          Buffer.from(
            `# AmiraMesh BINARY-LITTLE-ENDIAN 2.1\ndefine Lattice 8 6 5\nParameters {\n Units { Coordinates "mm" }\n BoundingBox 0 7 0 5 0 4,\n CoordType "uniform"\n}\nLattice { ${type} Data } ${at}\n@1\n`,
          ),
          data,
        ]),
      },
    ],
  }));
}
