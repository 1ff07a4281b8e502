import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFailure } from '../core/failure.ts';
import { decodePlain } from './decode_plain.ts';
import { describeFile, importVolume, needsImport, volumeSource } from './describe.ts';
import type { Dataset, VolumeDescription } from './description.ts';
import { sharedData } from './reference/shared_data.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

const folder = mkdtempSync(join(tmpdir(), 'hdf5-'));
afterAll(() => rmSync(folder, { recursive: true }));

const h5py = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import h5py'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

async function described(path: string, dataset?: string): Promise<VolumeDescription> {
  const description = await describeFile(path, dataset === undefined ? {} : { dataset });
  if (description.kind === 'cycling') throw new Error('not a volume');
  return description;
}

/** Of all voxels, as they are mapped and as they are brought in, which must be the same; also of some planes alone. */
async function digest(description: VolumeDescription, { name, shape, mapped }: Dataset): Promise<string> {
  const hash = createHash('sha256');
  const planes = shape.at(-3)!;
  for (let frame = 0; frame < (shape.length > 3 ? shape[0] : 1); frame++) {
    const whole = await decodedBytesOf(description, name, frame);
    if (mapped && !whole.equals(await voxelBytesOf(description, name, frame))) throw new Error('mapped otherwise');
    const [first, end] = [planes >> 1, planes - (planes >> 2)];
    const some = await decodedBytesOf(description, name, frame, [first, end]);
    if (!whole.subarray((first * whole.length) / planes, (end * whole.length) / planes).equals(some))
      throw new Error('some planes are others');
    hash.update(whole);
  }
  return hash.digest('hex');
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  expect(isFailure(error) && error.code).toBe('input');
  return (error as Error).message;
};

interface Reference {
  path: string;
  dataset: string;
  shape: number[];
  type: string;
  byteOrder: string;
  sha256: string;
}

const shared = sharedData();
const real: readonly (readonly [string, string])[] = shared
  ? ([
      ['tomopy_tomopy/tooth.h5', 'exchange/data'],
      ['tomopy_tomopy/tooth.h5', 'exchange/data_white'],
      ['tomography_tomopy-cli/meta_mock.h5', 'exchange/data'],
      ['DiamondLightSource_httomo/i12/separate_flats_darks/flat_field.h5', '1-NoProcessPlugin-tomo/data'],
      ['DiamondLightSource_httomo/i12/separate_flats_darks/dark_field.h5', '1-NoProcessPlugin-tomo/data'],
      ['DiamondLightSource_httomo/k11_diad/k11-18014.nxs', 'entry/imaging/data'],
      ['DiamondLightSource_httomo/k11_diad/k11-18014/k11-18014-imaging.h5', 'entry/detector/detector'],
    ] as const)
  : [];

describe.runIf(h5py)('HDF5 files', () => {
  let references: Reference[];
  beforeAll(() => {
    const script = join(import.meta.dirname, 'reference/make_hdf5.py');
    const named = real.flatMap(([file, dataset]) => [join(shared!, file), dataset]);
    const out = execFileSync('/usr/bin/python3', [script, folder, ...named], { maxBuffer: 1 << 26 });
    references = JSON.parse(out.toString()) as Reference[];
  }, 60_000);

  it('hold what h5py reads from them, whatever their storage', async () => {
    let compared = 0;
    for (const { path, dataset, shape, type, byteOrder, sha256 } of references) {
      const description = await described(path, dataset);
      const own = description.datasets.find(({ name }) => name === dataset)!;
      if (/szip|snappy|virtual_lost/.test(path)) {
        expect(own.refused, path).toMatch(
          /its (szip|blosc .snappy.) compression cannot be read|it is a virtual dataset: /,
        );
        continue;
      }
      expect({ shape: own.shape, type: own.type, byteOrder: own.byteOrder }, path).toEqual({
        shape: /ones_/.test(path) ? shape.slice(1, 4) : shape,
        type,
        byteOrder,
      });
      expect(await digest(description, own), path).toBe(sha256);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(70 + real.length);
  }, 60_000);

  it.each([
    ['type_big_i4.h5', true],
    ['user_block.h5', true],
    ['series_plain.h5', true],
    ['planes_latest.h5', true],
    ['rows_earliest.h5', true],
    ['virtual.h5', true],
    ['chunks_latest.h5', false],
    ['gzip_latest.h5', false],
    ['type_little_f2.h5', false],
  ])('%s is mapped in place: %s', async (name, mapped) => {
    const description = await described(join(folder, name));
    expect(description.datasets[0].mapped).toBe(mapped);
    expect(needsImport(description)).toBe(!mapped);
  });

  it('that are put together of others are mapped where those lie, and refused where one is missing', async () => {
    const description = await described(join(folder, 'virtual_series.h5'));
    expect(description.datasets[0]).toMatchObject({ shape: [3, 4, 6, 7], compression: 'virtual', mapped: true });
    expect(volumeSource(description, 'data', 2).segments).toMatchObject([
      { path: join(folder, 'slab_0.h5'), rows: 24 },
    ]);
    const parts = await described(join(folder, 'virtual_parts.h5'));
    expect(parts.datasets.map(({ name, refused }) => [name, refused])).toEqual([
      ['boxes', 'it is a virtual dataset: a part of it is not of whole planes'],
      ['data', undefined],
      ['raw', undefined],
    ]);
    expect(parts.notes).toEqual(['data: 3 of its slices lie in no file: their voxels are its fill value.']);
    expect((await described(join(folder, 'virtual_lost.h5'))).datasets[0].refused).toBe(
      'it is a virtual dataset: its part entry/data of the file gone.h5 is not there',
    );
  });

  it('tell of chunks that were never written', async () => {
    const { notes } = await described(join(folder, 'holes.h5'));
    expect(notes).toEqual(['data: 6 of its 8 chunks were never written: their voxels are its fill value.']);
  });

  it('say sizes and times as NXtomoproc keeps them, and which dataset is meant', async () => {
    const description = await described(join(folder, 'nxtomoproc.nxs'));
    expect(description).toMatchObject({ kind: 'volume', default: 'entry/data/data' });
    expect(description.notes).toContain('The file names entry/data/data as the dataset to show first.');
    expect(description.datasets.map(({ name }) => name)).toEqual(['entry/data/data', 'entry/data/mask']);
    expect(description.datasets[0]).toMatchObject({
      voxelSizeUm: [3, 1.5, 1.5],
      voxelSizeFrom: 'axes z, y, x of entry/data',
      time: '2024-05-03T08:03:00.000Z',
      timeFrom: 'entry/start_time, entry/end_time',
      exposure: ['2024-05-03T10:00:00+02:00', '2024-05-03T10:06:00+02:00'],
    });
    expect(volumeSource(description).segments).toHaveLength(1);
    expect((await described(join(folder, 'older.nxs'))).default).toBe('entry/result/volume');
  });

  it('do not choose between two volumes by themselves', async () => {
    const description = await described(join(folder, 'two.h5'));
    expect(() => volumeSource(description)).toThrow(/it has 2 datasets. Choose one with --dataset: first, second/);
    expect(description.datasets[0]).toMatchObject({
      voxelSizeUm: [0.65, 0.65, 0.65],
      voxelSizeFrom: 'attribute voxel_size',
    });
    expect(volumeSource(await described(join(folder, 'two.h5'), '/second'), '/second').shape).toEqual([5, 6, 7]);
  });

  it('follow links into other files, name those that are not there, and end in circles', async () => {
    const description = await described(join(folder, 'savu/scan_processed.nxs'));
    expect(description.datasets.map(({ name }) => name)).toEqual(['entry/final_result_tomo/data']);
    expect(description.notes).toEqual([
      'entry/circle leads nowhere: its links go in a circle.',
      'entry/final_result_tomo/broken leads nowhere: scan_processed.nxs has no entry/nothing.',
      'The linked file gone.h5 is not there: entry/final_result_tomo/lost lead nowhere.',
    ]);
    const source = volumeSource(description);
    expect(source.segments[0].path).toBe(join(folder, 'savu/tomo_p5_recon.h5'));
  });

  it('keep many names and attributes in trees', async () => {
    const { datasets } = await described(join(folder, 'crowded.h5'));
    expect(datasets).toMatchObject([{ name: 'entry/reconstruction', voxelSizeUm: [3.25, 1.625, 1.625] }]);
  });

  it('tell projections, flat and dark fields of Data Exchange, which are no volume unless told so', async () => {
    const path = join(folder, 'dxchange.h5');
    const description = await described(path);
    expect(description.kind).toBe('projections');
    expect(description.datasets.map(({ refused }) => refused)).toEqual([
      'they are projections, not a reconstructed volume',
      'they are dark fields, not a reconstructed volume',
      'they are flat fields, not a reconstructed volume',
    ]);
    expect(description.datasets[0]).toMatchObject({
      voxelSizeUm: [1.17, 1.17, 1.17],
      voxelSizeFrom: 'measurement/instrument/detection_system/objective/resolution',
      time: '2020-09-25T12:42:41.000',
      exposure: ['2020-09-25T12:41:57', '2020-09-25T12:43:25'],
    });
    expect(() => volumeSource(description)).toThrow(/they are projections/);
    expect(volumeSource(await described(path, 'exchange/data'), 'exchange/data').shape).toEqual([6, 5, 7]);
  });

  it('are volumes where they say so themselves, whatever lies beside them', async () => {
    const { datasets } = await described(join(folder, 'reconstructed.h5'));
    expect(datasets.map(({ name, refused }) => [name, refused])).toEqual([
      ['exchange/data', undefined],
      ['other/volume', undefined],
    ]);
  });

  it('give each time point of a series its time', async () => {
    const { datasets } = await described(join(folder, 'series.nxs'));
    expect(datasets[0]).toMatchObject({
      shape: [3, 4, 5, 6],
      voxelSizeUm: [0.65, 0.65, 0.65],
      timeFrom: 'entry/data/time',
      frameTimes: ['2024-05-03T10:00:00.000Z', '2024-05-03T10:30:00.000Z', '2024-05-03T11:00:00.000Z'],
    });
  });

  it('are refused where they are damaged, with the place', async () => {
    const path = join(folder, 'damaged.h5');
    await copyFile(join(folder, 'gzip_latest.h5'), path);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 100));
    expect(await refusal(described(path))).toMatch(/it should have [\d,]+ bytes, and has .* cut short/);

    // A byte of the root group's header, behind which stands a checksum.
    const flipped = Buffer.from(bytes);
    flipped[flipped.indexOf('OHDR') + 20] ^= 1;
    await writeFile(path, flipped);
    expect(await refusal(described(path))).toMatch(/object header at byte .* its checksum does not match/);

    await copyFile(join(folder, 'shuffled_latest.h5'), path);
    const whole = await readFile(path);
    const { datasets } = await described(path);
    expect(datasets[0].compression).toBe('shuffle, deflate, fletcher32');
    const chunk = whole.indexOf(Buffer.from('7801', 'hex')) >= 0 ? '7801' : '785e';
    whole[whole.indexOf(Buffer.from(chunk, 'hex')) + 30] ^= 0x40;
    await writeFile(path, whole);
    const damaged = await described(path);
    expect(await refusal(importVolume(damaged, 'data', join(folder, 'never.raw')))).toMatch(
      /data\): chunk \d+, \d+, \d+ is damaged: its checksum does not match/,
    );
  });

  it('never hang or fall over, wherever a byte is changed or the file ends', async () => {
    const began = performance.now();
    for (const name of ['gzip_earliest.h5', 'growing_more_latest.h5', 'nxtomoproc.nxs']) {
      const bytes = await readFile(join(folder, name));
      const path = join(folder, 'changed.h5');
      let seed = 7;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      for (let i = 0; i < 60; i++) {
        const changed = Buffer.from(bytes);
        for (let n = 0; n < 1 + (i % 4); n++) {
          const at = random(changed.length - 8);
          if (i % 3 === 0) changed[at] ^= 1 << random(8);
          else if (i % 3 === 1) changed.fill(255, at, at + 8);
          else changed.writeUInt32LE(random(bytes.length), at);
        }
        await writeFile(path, i % 10 === 9 ? changed.subarray(0, random(changed.length)) : changed);
        try {
          const description = await described(path);
          for (const dataset of description.datasets) if (!dataset.refused) await digest(description, dataset);
        } catch (error) {
          expect(isFailure(error) && ['input', 'resources'].includes(error.code), String((error as Error).stack)).toBe(
            true,
          );
        }
      }
    }
    expect(performance.now() - began).toBeLessThan(30_000);
    await rm(join(folder, 'changed.h5'));
  }, 60_000);

  it('of 28 GB are described and mapped without reading them', async () => {
    const path = join(folder, 'large.h5');
    const script = `
import h5py, sys
with h5py.File(sys.argv[1], 'w') as file:
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.CONTIGUOUS)
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple((2160, 2560, 2560))
    h5py.h5d.create(file.id, b'data', h5py.h5t.STD_U16LE, space, dcpl=how)`;
    execFileSync('/usr/bin/python3', ['-c', script, path]);
    const bytes = 2160 * 2560 * 2560 * 2;
    const description = await described(path);
    const source = volumeSource(description);
    expect(source).toMatchObject({ shape: [2160, 2560, 2560], segments: [{ rows: 2160 * 2560 }] });
    const last = source.segments[0].offset + bytes;
    const file = await open(path, 'r+');
    await file.write(Buffer.from([1]), 0, 1, last - 1);
    await file.close();
    for await (const piece of description.datasets[0] ? decodePlain(lastRow(source)) : []) expect(piece.at(-1)).toBe(1);
    await rm(path);
  });
});

function lastRow(source: ReturnType<typeof volumeSource>) {
  const [{ path, offset, rows }] = source.segments;
  return { ...source, segments: [{ path, offset: offset + (rows - 1) * source.shape[2] * 2, rows: 1 }] };
}

describe.runIf(shared)('real HDF5 files', () => {
  it('of a beamline tell what they are, what is missing, and when they were taken', async () => {
    const description = await described(join(shared!, 'DiamondLightSource_httomo/k11_diad/k11-18014.nxs'));
    expect(description).toMatchObject({
      kind: 'projections',
      datasets: [
        {
          name: 'entry/imaging/data',
          shape: [3201, 22, 26],
          exposure: ['2022-10-15T13:49:39.357', '2022-10-15T13:51:18.264'],
        },
      ],
    });
    expect(description.notes).toContain(
      'entry/imaging/data: Its image_key counts 3001 projections, 100 flat fields and 100 dark fields.',
    );
    expect(description.notes!.join(' ')).toContain('The linked file k11-18014/k11-18014-EtherCAT.h5 is not there');
  });

  it('with hundreds of records beside the voxels', async () => {
    const description = await described(join(shared!, 'tomography_tomopy-cli/meta_mock.h5'));
    expect(description.kind).toBe('projections');
    expect(description.datasets[0].voxelSizeUm?.[0]).toBeCloseTo(1.18063734, 8);
    expect(description.datasets[0].exposure).toEqual(['2020-09-25T12:41:57', '2020-09-25T12:43:25']);
  });
});
