import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isFailure } from '../core/failure.ts';
import { decodePlain } from './decode_plain.ts';
import { describeFile, importVolume, needsImport, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { type Ole2Options, ole2Bytes } from './reference/ole2_bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'zeiss-'));
afterAll(() => rmSync(folder, { recursive: true }));

const olefile = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import olefile'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const whole = (...numbers: number[]) => Buffer.from(Int32Array.from(numbers).buffer);
const float = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer);
const bytesOf = { 3: 1, 5: 2, 10: 4 } as const;

interface Scan {
  width?: number;
  height?: number;
  images?: number;
  type?: 3 | 5 | 10;
  fileType?: number;
  dates?: string[];
  more?: Record<string, Buffer>;
}

/** Streams as the tomographs write them. */
function streams({ width = 64, height = 50, images = 6, type = 5, fileType = 3, dates, more }: Scan = {}) {
  const made: Record<string, Buffer> = {
    'ImageInfo/ImageWidth': whole(width),
    'ImageInfo/ImageHeight': whole(height),
    'ImageInfo/NoOfImages': whole(images),
    'ImageInfo/DataType': whole(type),
    'ImageInfo/FileType': whole(fileType),
    'ImageInfo/PixelSize': float(0.81),
    'ImageInfo/ExpTimes': float(...Array.from({ length: images }, () => 30)),
    'ImageInfo/Angles': float(...Array.from({ length: images }, (_, i) => i)),
    Version: float(10.5),
  };
  if (dates) made['ImageInfo/Date'] = Buffer.concat(dates.map((date) => Buffer.from(date.padEnd(40, '\0'))));
  for (let i = 0; i < images; i++) {
    const image = Buffer.alloc(width * height * bytesOf[type]);
    for (let at = 0; at < image.length; at++) image[at] = (at * 31 + i * 7 + (at >> 8)) & (at % 4 === 3 ? 0x3f : 255);
    made[`ImageData${Math.floor(i / 100) + 1}/Image${i + 1}`] = image;
  }
  return { ...made, ...more };
}

async function save(name: string, scan: Scan = {}, options: Ole2Options = {}): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, ole2Bytes(streams(scan), options));
  return path;
}

async function described(path: string, dataset?: string): Promise<VolumeDescription> {
  const description = await describeFile(path, dataset === undefined ? {} : { dataset });
  if (description.kind === 'cycling') throw new Error('not a volume');
  return description;
}

async function digest(description: VolumeDescription, dataset?: string): Promise<string> {
  const source = needsImport(description, dataset)
    ? await importVolume(description, dataset, join(folder, 'brought in.raw'))
    : volumeSource(description, dataset);
  const hash = createHash('sha256');
  for await (const piece of decodePlain(source)) hash.update(piece);
  return hash.digest('hex');
}

const refusal = async (path: string): Promise<string> => {
  const error = await describeFile(path).then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  expect(isFailure(error) && error.code, String(error)).toBe('input');
  return (error as Error).message;
};

const layouts: [string, Scan, Ole2Options, boolean][] = [
  ['sectors of 512 bytes', {}, {}, true],
  ['sectors of 4096 bytes', {}, { version: 4 }, true],
  ['8 bits', { type: 3, width: 80, height: 80 }, {}, true],
  ['floats', { type: 10 }, { version: 4 }, true],
  ['more than a hundred images', { images: 130, width: 50, height: 45 }, {}, true],
  ['images in the mini stream', { images: 3, width: 10, height: 12 }, {}, true],
  ['tables named outside the header', { images: 40, width: 320, height: 300 }, {}, true],
  ['scattered sectors of whole rows', { width: 64 }, { scattered: true }, true],
  ['scattered sectors that cut rows', { width: 75 }, { scattered: true, version: 4 }, false],
];

describe('a .txm of a Zeiss tomograph', () => {
  it.each(layouts)('is read as olefile reads it: %s', async (name, scan, options, mapped) => {
    const path = await save(`${name}.txm`, scan, options);
    const description = await described(path);
    const { width = 64, height = 50, images = 6, type = 5 } = scan;
    expect(description).toMatchObject({
      kind: 'volume',
      format: 'zeiss',
      datasets: [
        {
          name: 'volume',
          shape: [images, height, width],
          type: { 3: 'uint8', 5: 'uint16', 10: 'float32' }[type],
          mapped,
          voxelSizeUm: [0.81, 0.81, 0.81],
          voxelSizeFrom: 'Zeiss ImageInfo/PixelSize',
        },
      ],
    });
    const own = await digest(description);
    const all = streams(scan) as Record<string, Buffer>;
    const expected = createHash('sha256');
    for (let i = 0; i < images; i++) expected.update(all[`ImageData${Math.floor(i / 100) + 1}/Image${i + 1}`]);
    expect(own).toBe(expected.digest('hex'));
    if (!olefile) return;
    const script = `
import hashlib, olefile, struct, sys
file = olefile.OleFileIO(sys.argv[1])
count, = struct.unpack('<i', file.openstream('ImageInfo/NoOfImages').read())
digest = hashlib.sha256()
for i in range(count):
    digest.update(file.openstream('ImageData%d/Image%d' % (i // 100 + 1, i + 1)).read())
print(digest.hexdigest())`;
    expect(execFileSync('/usr/bin/python3', ['-c', script, path]).toString().trim()).toBe(own);
  });

  it('tells when it was taken, from the first image to the end of the last', async () => {
    const dates = ['05/03/24 10:00:00', '05/03/24 10:01:00', '05/03/24 10:02:00'];
    const path = await save('times.txm', { images: 3, dates });
    expect((await described(path)).datasets[0]).toMatchObject({
      time: '2024-05-03T10:01:15.000',
      timeFrom: 'Zeiss ImageInfo/Date',
      exposure: ['2024-05-03T10:00:00.000', '2024-05-03T10:02:30.000'],
    });
    const unsaid = await save('unsaid.txm', { images: 3, dates, more: { 'ImageInfo/ExpTimes': Buffer.alloc(0) } });
    expect((await described(unsaid)).datasets[0].exposure?.[1]).toBe('2024-05-03T10:02:00.000');
  });
});

describe('a .txrm', () => {
  it('is projections with reference frames, and no volume unless told so', async () => {
    const frame = (streams() as Record<string, Buffer>)['ImageData1/Image1'];
    const more = { 'ReferenceData/Image': frame, 'ReferenceData/DataType': whole(5) };
    const path = await save('scan.txrm', { fileType: 1, more });
    const description = await described(path);
    expect(description).toMatchObject({
      kind: 'projections',
      datasets: [
        { name: 'projections', shape: [6, 50, 64], refused: 'they are projections, not a reconstructed volume' },
        {
          name: 'reference frames',
          shape: [1, 50, 64],
          refused: 'they are reference frames, not a reconstructed volume',
        },
      ],
    });
    expect(() => volumeSource(description)).toThrow(/they are projections/);
    expect(volumeSource(await described(path, 'projections'), 'projections').shape).toEqual([6, 50, 64]);
  });

  it('that was stopped has the images that were taken', async () => {
    const path = await save('stopped.txrm', { fileType: 1, more: { 'ImageInfo/NoOfImages': whole(10) } });
    const { datasets, notes } = await described(path);
    expect(datasets[0].shape).toEqual([6, 50, 64]);
    expect(notes).toEqual(['It was to have 10 images; 6 were taken.']);
  });
});

describe('a damaged compound file', () => {
  it('is refused with the place', async () => {
    const bytes = ole2Bytes(streams());
    const path = join(folder, 'damaged.txm');
    await writeFile(path, bytes.subarray(0, bytes.length - 2048));
    expect(await refusal(path)).toMatch(/damaged: copy or save it again/);

    // The first image's second sector is said to follow itself.
    const circle = Buffer.from(bytes);
    const table = (circle.readUInt32LE(76) + 1) * 512;
    circle.writeUInt32LE(0, table);
    await writeFile(path, circle);
    expect(await refusal(path)).toMatch(/ImageData1\/Image1\): its chain goes in a circle/);

    await writeFile(path, ole2Bytes({ WordDocument: Buffer.alloc(5000) }));
    expect(await refusal(path)).toMatch(/not one of a Zeiss or Xradia tomograph/);

    await writeFile(path, ole2Bytes(streams({ more: { 'ImageInfo/DataType': whole(4) } })));
    expect(await refusal(path)).toMatch(/its voxels are of type 4, which is unknown/);

    const { 'ImageData1/Image3': _, ...others } = streams() as Record<string, Buffer>;
    await writeFile(path, ole2Bytes(others));
    expect(await refusal(path)).toMatch(/image 3\): it is not there, and image 4 is/);
  });

  it('never hangs or falls over, wherever a byte is changed or the file ends', async () => {
    const bytes = ole2Bytes(streams({ images: 3, width: 50, height: 45, dates: ['05/03/2024 10:00:00.5'] }));
    const path = join(folder, 'changed.txm');
    let seed = 3;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let i = 0; i < 300; i++) {
      const changed = Buffer.from(bytes);
      const at = random(changed.length - 8);
      if (i % 3 === 0) changed[at] ^= 1 << random(8);
      else if (i % 3 === 1) changed.fill(255, at & ~3, (at & ~3) + 4);
      else changed.writeUInt32LE(random(40), at & ~3);
      await writeFile(path, i % 10 === 9 ? changed.subarray(0, random(changed.length)) : changed);
      try {
        await described(path);
      } catch (error) {
        expect(isFailure(error) && error.code, String((error as Error).stack)).toBe('input');
      }
    }
  });
});
