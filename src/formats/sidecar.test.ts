import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, volumeSource } from './describe.ts';
import { access, type VolumeDescription } from './description.ts';
import { voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidecar-'));
});
afterAll(() => rm(folder, { recursive: true }));

const voxels = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i * 1000).buffer);
const floats = Buffer.from(Float32Array.from({ length: 24 }, (_, i) => i / 3).buffer);

const described = async (path: string) => (await describeFile(path)) as VolumeDescription;

interface Pair {
  name: string;
  header: string;
  body: string;
  text: string;
  bytes: Buffer;
  type: string;
  voxelSizeUm: number[] | null;
  from?: string;
}

const PAIRS: Pair[] = [
  {
    name: 'ESRF text',
    header: 'scan.vol.info',
    body: 'scan.vol',
    text: '! PyHST_SLAVE VOLUME INFO FILE\nNUM_X =  4\nNUM_Y =  3\nNUM_Z =  2\nvoxelSize =  0.650000\nBYTEORDER = LOWBYTEFIRST\nValMin = 0\n',
    bytes: floats,
    type: 'float32',
    voxelSizeUm: [0.65, 0.65, 0.65],
    from: 'ESRF voxelSize',
  },
  {
    name: 'ESRF XML',
    header: 'scan.vol.xml',
    body: 'scan.vol',
    text: '<?xml version="1.0"?>\n<tomodb2><reconstruction><listSubVolume><subVolume><SUBVOLUME_NAME>scan.vol</SUBVOLUME_NAME><SIZEX>4</SIZEX><SIZEY>3</SIZEY><SIZEZ>2</SIZEZ><BYTE_ORDER>HIGHBYTEFIRST</BYTE_ORDER></subVolume></listSubVolume></reconstruction></tomodb2>',
    bytes: Buffer.from(floats).swap32(),
    type: 'float32',
    voxelSizeUm: null,
  },
  {
    name: 'VGStudio',
    header: 'rec.vgi',
    body: 'rec.vol',
    text: '{volume1}\r\n[representation]\r\nsize = 4 3 2\r\ndatatype = unsigned integer\r\nbitsperelement = 16\r\n[file1]\r\nFileFormat = raw\r\nSize = 4 3 2\r\nName = "C:\\data\\rec.vol"\r\nDatatype = unsigned integer\r\nBitsPerElement = 16\r\n{volumeprimitive12}\r\n[geometry]\r\nresolution = 0.00065 0.00065 0.0013\r\nunit = mm\r\n',
    bytes: voxels,
    type: 'uint16',
    voxelSizeUm: [1.3, 0.65, 0.65],
    from: 'VGStudio resolution',
  },
  {
    name: 'phoenix',
    header: 'scan.pcr',
    body: 'scan.vol',
    text: '[Versions]\nVersion-datos|x=2.2\n[VolumeData]\nVOL_File=E:\\rec\\scan.vol\nVolume_SizeX=4\nVolume_SizeY=3\nVolume_SizeZ=2\nFormat=5\nVoxelSizeRec=0.00065\n',
    bytes: voxels,
    type: 'uint16',
    voxelSizeUm: [0.65, 0.65, 0.65],
    from: 'phoenix VoxelSizeRec',
  },
  {
    name: 'ENVI',
    header: 'scan.hdr',
    body: 'scan.img',
    text: 'ENVI\ndescription = {\n  a scan}\nsamples = 4\nlines = 3\nbands = 2\nheader offset = 0\ndata type = 12\ninterleave = bsq\nbyte order = 1\n',
    bytes: Buffer.from(voxels).swap16(),
    type: 'uint16',
    voxelSizeUm: null,
  },
  {
    name: 'volvis',
    header: 'scan.dat',
    body: 'scan.raw',
    text: 'ObjectFileName: scan.raw\nTaggedFileName: ---\nResolution: 4 3 2\nSliceThickness: 1 1 1\nFormat: USHORT\nObjectModel: I\n',
    bytes: voxels,
    type: 'uint16',
    voxelSizeUm: null,
  },
  {
    name: 'VisIt',
    header: 'scan.bov',
    body: 'scan.bin',
    text: 'TIME: 1.5\nDATA_FILE: scan.bin\nDATA_SIZE: 4 3 2\nDATA_FORMAT: SHORT\nVARIABLE: grey\nDATA_ENDIAN: LITTLE\nBYTE_OFFSET: 0\n',
    bytes: voxels,
    type: 'int16',
    voxelSizeUm: null,
  },
  {
    name: 'JSON',
    header: 'scan.raw.json',
    body: 'scan.raw',
    text: '{"shape": [2, 3, 4], "dtype": ">u2", "voxel_size": [1.3, 0.65, 0.65], "unit": "um"}',
    bytes: Buffer.from(voxels).swap16(),
    type: 'uint16',
    voxelSizeUm: [1.3, 0.65, 0.65],
    from: 'JSON voxel_size',
  },
];

describe('voxels with a header of text beside them', () => {
  it.each(PAIRS)('as $name writes it', async ({ name, header, body, text, bytes, type, voxelSizeUm, from }) => {
    const own = join(folder, name);
    await mkdir(own);
    await writeFile(join(own, header), text);
    await writeFile(join(own, body), bytes);
    const expected = type === 'float32' ? floats : voxels;
    for (const given of [header, body]) {
      const description = await described(join(own, given));
      expect(description).toMatchObject({
        kind: 'volume',
        format: 'raw',
        datasets: [{ shape: [2, 3, 4], type, mapped: true }],
      });
      expect(description.datasets[0].voxelSizeUm).toEqual(voxelSizeUm);
      expect(description.datasets[0].voxelSizeFrom).toBe(from);
      expect(description.notes).toEqual([expect.stringContaining(header)]);
      expect(volumeSource(description).segments).toEqual([{ path: join(own, body), offset: 0, rows: 6 }]);
      expect((await voxelBytesOf(description)).equals(expected)).toBe(true);
    }
    await truncate(join(own, body), bytes.length - 1);
    await expect(described(join(own, body))).rejects.toThrow(/4 × 3 × 2 voxels|and the file has/);
    await rm(join(own, body));
    await expect(described(join(own, header))).rejects.toThrow(/file with its voxels.* is not beside it/);
  });

  it('give way to flags', async () => {
    await writeFile(join(folder, 'flags.raw'), voxels);
    await writeFile(join(folder, 'flags.raw.json'), '{"shape": [9, 9, 9], "dtype": "uint16"}');
    expect(await describeFile(join(folder, 'flags.raw'), { shape: [4, 3, 2], type: 'int16' })).toMatchObject({
      datasets: [{ shape: [4, 3, 2], type: 'int16' }],
    });
    await expect(described(join(folder, 'flags.raw'))).rejects.toThrow(/flags.raw.json/);
  });

  it('that speaks of another file is left alone', async () => {
    await writeFile(join(folder, 'other_4x3x2_u16.raw'), voxels);
    await writeFile(
      join(folder, 'other_4x3x2_u16.pcr'),
      '[VolumeData]\nVOL_File=another.vol\nVolume_SizeX=9\nVolume_SizeY=9\nVolume_SizeZ=9\nFormat=5\n',
    );
    expect((await described(join(folder, 'other_4x3x2_u16.raw'))).datasets[0].shape).toEqual([2, 3, 4]);
  });

  it.each([
    [
      'interleaved bands',
      'ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 12\ninterleave = bip\n',
      /interleaved \(bip\)/,
    ],
    ['complex numbers', 'ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 6\n', /type complex64/],
  ])('of %s is told and refused', async (name, text, refused) => {
    await writeFile(join(folder, `${name}.hdr`), text);
    await writeFile(join(folder, `${name}.img`), voxels);
    const [dataset] = (await described(join(folder, `${name}.img`))).datasets;
    expect(dataset.refused).toMatch(refused);
    expect(dataset[access]).toBeUndefined();
  });

  it('with sizes that are none is no header', async () => {
    await writeFile(join(folder, 'none.vol'), voxels);
    await writeFile(join(folder, 'none.vol.info'), 'NUM_X = -4\nNUM_Y = 3\nNUM_Z = 2\n');
    await expect(described(join(folder, 'none.vol'))).rejects.toThrow(/neither flags nor its name/);
    await writeFile(join(folder, 'none.vol.info'), 'NUM_X = 90000000\nNUM_Y = 90000000\nNUM_Z = 90000000\n');
    await expect(described(join(folder, 'none.vol'))).rejects.toThrow(/none.vol.info/);
  });
});

describe('a text that was made to take long', () => {
  const long = (piece: string, bytes = 2 ** 20) => piece.repeat(Math.floor(bytes / piece.length) - 200);
  it.each([
    ['blank.am', `# AmiraMesh BINARY 2.0\n${long('\n')}`],
    ['units.am', `# AmiraMesh BINARY 2.0\n${long('Units {')}\n@1\n`],
    ['lattices.am', `# AmiraMesh BINARY 2.0\ndefine Lattice 4 3 2\n${long('Lattice { ')}\n@1\n`],
    ['blank.vgi', `{volume1}${long('\n', 2 ** 18)}`],
    ['brackets.vgi', `{volume1}\n${long('[', 2 ** 18)}`],
    ['blank.bov', long('\n ', 2 ** 18)],
    ['blank.xml', `<SIZEX>${long(' ', 2 ** 18)}`],
    [
      'vectors.nrrd',
      `NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 1\nencoding: raw\nspace directions: ${'('.repeat(60_000)}\n\nx`,
    ],
    [
      'pattern.nrrd',
      `NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 1\nencoding: raw\ndata file: ${'% '.repeat(30_000)}\n\n`,
    ],
    ['blank.mhd', `NDims = 3\n${'\n'.repeat(60_000)}x`],
    ['spaces.mhd', `NDims = 3\nDimSize = 1 1 1\nComment = ${' '.repeat(60_000)}x\n`],
    ['number.nrrd', `NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 1\nencoding: text\n\n${long('1')}x `],
  ])('%s does not', async (name, text) => {
    const path = join(folder, name);
    await writeFile(path, text);
    const began = performance.now();
    const description = await described(path).catch((error: Error) => error);
    if (!(description instanceof Error)) await voxelBytesOf(description).catch(() => {});
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
